"""What happens to a person who dials a feature code, one coroutine a code.

A script takes the call, the house and the argument that was dialled behind the code ("" for
none), and returns where the call goes next, None when it is over.
"""
