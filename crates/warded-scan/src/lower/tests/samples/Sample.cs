using System.Net.Http;
using Jwt = System.IdentityModel.Tokens.Jwt.JwtSecurityToken;
namespace A.B;

/// <summary>A sample.</summary>
[Authorize("client")]
public partial class Sample<T>(HttpClient given) : Base(given), IRunnable where T : class
{
    private const string Url = "https://as/" + "token";
    public string? Scope { get; set; } = "é";
    public string Both { get { return _both ?? "x"; } set => _both = value; }

    public Sample(OAuth2Session session, [FromHeader(Name = "Authorization")] string? resource = null, params object[] more) : this(session) { }

    record Token(string Value, int Expires);
    enum Grant { Code, Refresh = 2 }

    public async Task<Dictionary<string, string>?> TokenAsync([FromQuery] string code)
    {
        var body = new Dictionary<string, string> { ["grant_type"] = "authorization_code", { "a", "b" } };
        if (resource is not null && map.TryGetValue("aud", out var aud) || code is { Length: > 3 } s)
            body["resource"] = resource!;
        using (var client = new HttpClient()) audience ??= $"{Url}/token?x={code:X}{{y}}";
        try { await client.PostAsync(Url, new FormUrlEncodedContent(body)).ConfigureAwait(false); }
        catch (HttpRequestException error) when (error.Status == 401) { throw new Bad(401, error); }
        finally { n += 1; }
        var said = code switch { "a" or "b" => "x", null => throw new Exception(), Point { X: 1 } p => p.Y, _ => """
            raw "text"
            """ };
        switch (n) { case 1: case 2: Two(); break; default: return null; }
        for (int i = 0; i < 3; i++) { (var a, _) = list[i]; }
        do { n--; } while (n > 0);
        string Local(string x) => x + @"a""b";
        return from x in xs where x.Ok select new { x.A, b = x?.B?[0] };
    }
#if DEBUG
    void Debug() { var x = y with { Z = 1 }; F([1, ..more], (1, two: 2), delegate (int z) { return z; }); }
#endif
}
