use crate::rules::found::found;

#[test]
fn keys_are_known_by_what_they_are_called() {
    let script = r"
const tokenCache = {};
async function passwordToken(tenant, user, credentials) {
  const tokenKey = tenant + user.name + user.pass;
  if (!tokenCache[tokenKey]) tokenCache[tokenKey] = await ask(credentials, user);
  return tokenCache[tokenKey];
}
async function bound(tenant, user, credentials) {
  const tokenKey = tenant + user.name + credentials.url;
  return tokenCache[tokenKey];
}
async function alone(tenant, user) {
  const tokenKey = tenant + user.name;
  return tokenCache[tokenKey];
}
class TokenCache {
  tokenCacheKey(options) {
    return hash([options.url, options.grant_type, options.client_id].join('-'));
  }
}
class BoundCache {
  tokenCacheKey(options) {
    return hash([options.resource, options.grant_type, options.client_id].join('-'));
  }
}
function OldCache() {}
OldCache.prototype.generateTokenCacheKey = function (options) {
  return hash([options.url, options.client_id].join('-'));
};
class PageCache {
  cacheKey(options) {
    return hash([options.page, options.client_id].join('-'));
  }
}
";
    assert_eq!(found("a.js", script), ["WRD108 4", "WRD108 17", "WRD108 27"]);
    let python = r#"
class Tokens:
    def _cache_key(self, client_id, scope):
        return f"token:{client_id}:{scope}"

    def _bound_cache_key(self, client_id, server_url):
        return f"token:{client_id}:{server_url}"
"#;
    assert_eq!(found("a.py", python), ["WRD108 3"]);
}

#[test]
fn a_name_is_no_address() {
    let script = r"
export class Provider {
  async login(serverName, config, serverUrl) {
    const token = await ask(config, serverUrl);
    try {
      await this.storage.saveToken(serverName, token, serverUrl);
    } catch (error) { throw error; }
    return token;
  }
  async renew(serverName, config) {
    const token = await again(config);
    await this.storage.saveToken(serverName, token);
  }
}
";
    assert_eq!(found("a.ts", script), ["WRD108 6"]);
    let by_address = script.replace("saveToken(serverName,", "saveToken(serverUrl,");
    assert_eq!(found("a.ts", &by_address), Vec::<String>::new());
    let compared = script.replace("return token;", "if (kept.serverUrl !== serverUrl) return null;");
    assert_eq!(found("a.ts", &compared), Vec::<String>::new());
}
