"""Cheaper ways to what somebody may do: each page asks hundreds of times.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that Trac
does not keep.
"""

import logging


def permission(has, cache_class):
    """Look for a decision, or have one made, in one step instead of five."""
    from trac.perm import PermissionSystem
    from trac.resource import Resource

    def has_permission(self, action, realm_or_resource=None, id=False, version=False):
        if type(self) is not cache_class:
            return has(self, action, realm_or_resource, id, version)
        if not realm_or_resource:
            resource = self._resource
        elif type(realm_or_resource) is Resource and id is False and version is False:
            resource = realm_or_resource
        else:
            resource = Resource(realm_or_resource, id, version)
        if type(resource) is Resource and not resource.parent:
            number = hash((resource.realm, resource.id, resource.version))
        else:
            number = hash(resource)
        key = self.username, number, action
        cache = self._cache
        cached = cache.get(key)
        if cached:
            decision, known = cached
            if known is resource or resource == known:
                return decision
        # A policy can ask for this permission itself.
        cache[key] = False, resource
        perm = self
        if resource is not self._resource:
            perm = cache_class(self.env, self.username, resource, cache)
        decision = PermissionSystem(self.env).check_permission(
            action, perm.username, resource, perm)
        cache[key] = decision, resource
        return decision

    return has_permission


def permissions_of_resource(call, cache_class):
    """Narrow permissions to a resource that is one already, without the making of another."""
    from trac.resource import Resource

    def narrowed(self, realm_or_resource, id=False, version=False):
        if type(self) is not cache_class or type(realm_or_resource) is not Resource or \
                id is not False or version is not False:
            return call(self, realm_or_resource, id, version)
        if self._resource and realm_or_resource == self._resource:
            return self
        return cache_class(self.env, self.username, realm_or_resource, self._cache)

    return narrowed


def permission_check(check_permission, _system_class):
    """Prepare no words for a log that does not take them: for each policy that is asked."""
    def check_quietly(self, action, username=None, resource=None, perm=None):
        # A level of its own is what counts; without one it is that of another logger.
        if self.log.level <= logging.DEBUG:
            return check_permission(self, action, username, resource, perm)
        if username is None:
            username = 'anonymous'
        if resource and resource.realm is None:
            resource = None
        for policy in self.policies:
            decision = policy.check_permission(action, username, resource, perm)
            if decision is not None:
                return decision
        return False

    return check_quietly
