"""Taken ports are found before the box starts, with their holder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from firmware.box import ports
from firmware.config.schema import Network
from tests.rig.ports import reserve_block


@pytest.fixture
def network() -> Iterator[Network]:
    with reserve_block() as block:
        yield block.network()


def test_free_ports_are_no_problem(network: Network) -> None:
    assert ports.problems(network) == []


@pytest.mark.parametrize(
    ("setting", "kind", "address"),
    [
        ("sip_port", socket.SOCK_DGRAM, "127.0.0.1"),
        ("sip_port", socket.SOCK_STREAM, "127.0.0.1"),
        ("sip_tls_port", socket.SOCK_STREAM, "127.0.0.1"),
        ("console_port", socket.SOCK_STREAM, "127.0.0.1"),
        ("inner_edge_port", socket.SOCK_DGRAM, "127.0.0.2"),
        ("inner_switch_port", socket.SOCK_DGRAM, "127.0.0.3"),
        ("inner_lines_port", socket.SOCK_DGRAM, "127.0.0.4"),
    ],
)
def test_a_taken_port_is_named_with_its_setting_and_holder(
    network: Network, setting: str, kind: socket.SocketKind, address: str
) -> None:
    port = getattr(network, setting)
    with closing(socket.socket(socket.AF_INET, kind)) as holder:
        holder.bind((address, port))
        if kind is socket.SOCK_STREAM:
            holder.listen()
        (problem,) = ports.problems(network)
    assert f"{address}:{port} (network.{setting})" in problem
    assert f"process {os.getpid()} (" in problem


def test_a_holder_on_every_address_is_found(network: Network) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as holder:
        holder.bind(("0.0.0.0", network.sip_port))
        (problem,) = ports.problems(network)
    assert f"process {os.getpid()} (" in problem


def test_a_connection_of_the_last_run_is_no_obstacle(network: Network) -> None:
    """The side that closes first keeps the port in TIME_WAIT."""
    place = ("127.0.0.1", network.console_port)
    with closing(socket.socket()) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every daemon does
        server.bind(place)
        server.listen()
        with closing(socket.create_connection(place)) as client:
            server.accept()[0].close()
            client.recv(1)
    assert ports.problems(network) == []


def test_an_address_of_another_machine_is_a_problem(network: Network) -> None:
    elsewhere = network.model_copy(update={"sip_address": "192.0.2.1"})
    assert all("does not have that address" in text for text in ports.problems(elsewhere))
    assert len(ports.problems(elsewhere)) == 3
