"""What the token endpoint gave."""


class Tokens(object):
    """What the token endpoint gave: OpenID Connect Core 1.0 section 3.1.3.3.

    :param id_token: text
    :param access_token: text, or None
    :param refresh_token: text, or None
    """

    def __init__(self, id_token, access_token=None, refresh_token=None):
        self.id_token = id_token
        self.access_token = access_token
        self.refresh_token = refresh_token

    def __repr__(self):
        return '<Tokens>'
