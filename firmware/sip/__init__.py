"""pjsua2, wrapped once: the only folder in which its objects live.

What comes out of here are ``SipCall`` (a dialog), media nodes (``audio``, ``Player``,
``Recorder``, ``Tone``, ``FramePort``) and the ``Matrix`` that joins them. The rules the facts
taught, kept here so that nobody else must know them:

* a ``pj.Call`` has exactly one owner and dies inside its DISCONNECTED callback, because its
  destructor hangs up whatever call has inherited its slot number;
* one thread pumps pjsua's events and the coroutines together (``pump``); callbacks from media
  threads only enqueue;
* conference slots are fetched anew at every media event (``Matrix.moved``).
"""
