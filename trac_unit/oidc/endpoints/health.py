"""For a monitor."""

import json

from webob import Response


class Health(object):
    """Answers 200 if the session store does, else 503.

    :param store: a :class:`~trac_unit.oidc.session.store.Store`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, store, clock):
        self._store = store
        self._clock = clock

    def __call__(self, request):
        request.allow('GET', 'HEAD')
        self._store.get('', self._clock())
        return Response(body=json.dumps({'status': 'ok'}).encode('ascii'),
                        content_type='application/json', cache_control='no-store')
