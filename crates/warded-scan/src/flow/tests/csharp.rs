use super::{ends, met, told::told};

const CLIENT: &str = r#"
using System.Net.Http;
using Duende;

namespace App;

public class Client(HttpClient http, string? resource)
{
    private const string Url = "https://as/token";
    private readonly Dictionary<string, string> _extra = new() { ["resource"] = "r" };
    public string? Resource { get; } = resource;

    public async Task Plain(string code)
    {
        await http.PostAsync(Url, new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code }));
    }

    public async Task Written(string code)
    {
        var data = new Dictionary<string, string> { { "grant_type", "authorization_code" } };
        data["resource"] = Resource;
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public async Task Conditional(string code)
    {
        var data = new Dictionary<string, string> { ["grant_type"] = "authorization_code" };
        if (Resource is not null && code != null)
            data.Add("resource", Resource);
        else
            Log(data);
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public async Task Both(string code)
    {
        Dictionary<string, string> data = new() { ["grant_type"] = "x" };
        switch (code)
        {
            case "a": data["resource"] = Resource; break;
            default: data.TryAdd("resource", "b"); break;
        }
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public async Task ReturnsEarly(string code)
    {
        var data = new Dictionary<string, string>();
        if (string.IsNullOrEmpty(Resource)) throw new InvalidOperationException();
        data["resource"] = Resource;
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public async Task Helped(string code)
    {
        var data = new Dictionary<string, string>();
        Helpers.AddResource(data, Resource);
        More(data);
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    private void More(Dictionary<string, string> data) => data["client_id"] = "x";

    public async Task Prepared()
    {
        await http.PostAsync(Url, new FormUrlEncodedContent(Helpers.Prepare("r")));
    }

    public async Task Pairs(string r)
    {
        var pairs = new List<KeyValuePair<string, string>> { new("grant_type", "x"), new KeyValuePair<string, string>("resource", r) };
        await http.PostAsync(Url, new FormUrlEncodedContent(pairs));
    }

    public async Task Spread()
    {
        var data = new Dictionary<string, string>(_extra) { ["a"] = "1" };
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public static Task Given(HttpClient http, Dictionary<string, string> data) => http.PostAsync(Url, new FormUrlEncodedContent(data));

    public async Task Looped(IEnumerable<KeyValuePair<string, string>> items)
    {
        var data = new Dictionary<string, string>();
        foreach (var (key, value) in items) data[key] = value;
        await http.PostAsync(Url, new FormUrlEncodedContent(data));
    }

    public Task CallsGiven() => Given(http, new() { ["grant_type"] = "x" });
}
"#;

#[test]
fn parameters_are_followed() {
    let helpers = r#"
namespace App;

static class Helpers
{
    public static void AddResource(IDictionary<string, string> body, string resource) { body["resource"] = resource; }

    public static Dictionary<string, string> Prepare(string resource)
    {
        var body = new Dictionary<string, string> { ["grant_type"] = "refresh_token" };
        body.TryAdd("resource", resource);
        return body;
    }
}
"#;
    let shown = met(&[("app/Client.cs", CLIENT), ("app/Helpers.cs", helpers)], ".PostAsync");
    insta::assert_snapshot!(shown);
}

#[test]
fn records_are_followed() {
    let shown = told(
        "A.cs",
        r#"
using Microsoft.IdentityModel.Tokens;
using System.IdentityModel.Tokens.Jwt;
using Duende.IdentityModel.Client;

class A
{
    void Sends(HttpClient client, string r)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://as/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["resource"] = r }),
        };
        client.SendAsync(request);
        var other = new HttpRequestMessage(HttpMethod.Post, "https://as/token");
        other.Content = new StringContent($"grant_type=client_credentials&scope={r}");
        client.SendAsync(other);
    }

    async Task Requests(HttpClient client, string code)
    {
        await client.RequestAuthorizationCodeTokenAsync(new AuthorizationCodeTokenRequest { Code = code, Resource = { "https://x" } });
        await client.RequestRefreshTokenAsync(new RefreshTokenRequest { RefreshToken = code });
        await client.RequestClientCredentialsTokenAsync(new ClientCredentialsTokenRequest { Parameters = { { "resource", "https://x" } } });
    }

    void Verifies(string token)
    {
        var handler = new JwtSecurityTokenHandler();
        handler.ValidateToken(token, new TokenValidationParameters { ValidateAudience = false }, out var validated);
        var parameters = new TokenValidationParameters { IssuerSigningKey = key };
        parameters.ValidAudience = "https://x";
        handler.ValidateToken(token, parameters, out validated);
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn claims_are_followed() {
    let shown = ends(
        "A.cs",
        r#"
using System.IdentityModel.Tokens.Jwt;

class A
{
    private const string Aud = "https://x";
    private readonly JwtSecurityTokenHandler _handler = new();

    ClaimsPrincipal None(string token)
    {
        return _handler.ValidateToken(token, parameters, out _);
    }

    ClaimsPrincipal Compared(string token)
    {
        var principal = _handler.ValidateToken(token, parameters, out _);
        if (principal.FindFirstValue("aud") != Aud) throw new SecurityException();
        return principal;
    }

    ClaimsPrincipal? Absent(string token)
    {
        var principal = _handler.ValidateToken(token, parameters, out _);
        var aud = principal.FindFirst("aud")?.Value;
        if (aud is not null && aud != Aud) return null;
        return principal;
    }

    ClaimsPrincipal? Helped(string token)
    {
        var principal = _handler.ValidateToken(token, parameters, out _);
        if (!Fits(principal)) return null;
        return principal;
    }

    private bool Fits(ClaimsPrincipal principal) => principal.FindFirst("aud") is { Value: Aud };

    ClaimsPrincipal Warned(string token)
    {
        var principal = _handler.ValidateToken(token, parameters, out _);
        if (!string.Equals(principal.FindFirstValue("aud"), Aud, StringComparison.Ordinal)) Log("other audience");
        return principal;
    }

    ClaimsPrincipal Swallowed(string token)
    {
        ClaimsPrincipal? principal = null;
        try
        {
            principal = _handler.ValidateToken(token, parameters, out _);
            if (principal.FindFirstValue("aud") != Aud) throw new SecurityException();
        }
        catch (SecurityException) { Log("no"); }
        return principal!;
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}
