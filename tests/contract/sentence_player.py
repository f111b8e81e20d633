"""A program that plays files one after the other on pjsua and records what is heard until they
are said to be over: ``python -m tests.contract.sentence_player RECORDING FILE...``"""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import pjsua2 as pj

from firmware.sip.media import Matrix, Player, Recorder


async def play(recording: Path, files: list[Path], endpoint: pj.Endpoint) -> None:
    matrix, recorder = Matrix(), Recorder(recording)
    player = Player(*files)
    matrix.join(player, recorder)
    ended = asyncio.ensure_future(player.finished())
    while not ended.done():
        endpoint.libHandleEvents(5)
        await asyncio.sleep(0)
    for node in (player, recorder):
        matrix.drop(node)
        node.port = None
    gc.collect()
    for _ in range(20):  # the bridge completes the file in its next ticks
        endpoint.libHandleEvents(10)


def main(recording: str, *files: str) -> None:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.medConfig.clockRate = 16000
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    asyncio.run(play(Path(recording), [Path(file) for file in files], endpoint))
    endpoint.libDestroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
