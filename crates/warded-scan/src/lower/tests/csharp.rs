use super::form;
use crate::language::Language;

fn csharp(source: &str) -> String {
    form(Language::CSharp, source)
}

#[test]
fn parameters_are_gathered_over_several_lines() {
    let shown = csharp(
        r#"
using System.Net.Http;
using static A.B.Helpers;
using Jwt = System.IdentityModel.Tokens.Jwt.JwtSecurityToken;
namespace A.B;

[Authorize("client"), Serializable]
public partial class Client : Base<K, V>, IRunnable
{
    private const string Url = "https://as/" + "token";
    private readonly OAuth2Session _session;
    string resource, audience = null;
    public string? Scope { get; set; } = "read";
    public string Whole => Url + Scope;
    public string Both { get { return _both ?? "x"; } set => _both = value; }

    public Client(OAuth2Session session, [FromHeader(Name = "Authorization")] string? resource = null, params object[] more) : base(session)
    {
        _session = session;
        this.resource = resource;
    }

    public Client(OAuth2Session session) : this(session, null) { }

    [HttpPost("/token")]
    public override async Task<Dictionary<string, string>?> TokenAsync([FromQuery] string code, CancellationToken ct = default)
    {
        var body = new Dictionary<string, string> { ["grant_type"] = "authorization_code", { "a", "b" } };
        body.Add("code", code);
        body["x"] = code!;
        if (resource is not null && !string.IsNullOrEmpty(code))
        {
            body["resource"] = resource;
        }
        else if (code == null || !claims.Audiences.Contains(Aud))
            body.TryAdd("b", code);
        else
        {
            return (await _session.FetchTokenAsync($"{Url}/token?x={code:X}", data: body).ConfigureAwait(false))?.Token;
        }
        using var client = new HttpClient();
        try
        {
            using (var stream = Send(client)) audience ??= stream.Text;
        }
        catch (HttpRequestException error) when (error.Status == 401) { throw new Bad(401, error); }
        catch { throw; }
        finally { n += 1; count++; }
        return Helper(x => x.Z[0], Send, () => { resource = "y"; return null; }, async (string a, int b) => await Other(a));
    }

    static string Helper(params object[] them) => Prepare(Url) + nameof(Client.Whole);
    private string Send(HttpClient client) { return Inherited(client); }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn classes_of_all_kinds() {
    let shown = csharp(
        r#"
using System;
namespace A
{
    namespace B { class Deep { } }
    record Token(string Value, DateTime? Expires) : Secret(Value)
    {
        public static readonly int Max = 3;
        public bool Old() => Expires < DateTime.Now || Value.Length > Max;
    }
    public class Service(HttpClient client, IOptions<Settings> options) : Base(client), IService
    {
        public Task<string> Get() => client.GetStringAsync(options.Value.Url);
        public event EventHandler Changed;
        public Settings Own { get; init; } = new() { Url = "u" };
        public string this[int i] => names[i];
        public static Service operator +(Service a, Service b) => a;
        static Service() { Shared = "s"; }
        public static string Shared;
        class Inner { string Of() => Shared + client; }
        void Hooks() { Changed += (s, e) => Get(); Own.Url = "v"; Changed?.Invoke(this, null); }
    }
    struct Point { public int X, Y; public Point(int x) { X = x; } }
    enum Grant { Code, Refresh = 2 }
    interface ISource { const string Url = "https://x"; Token Get(string name); Token Any() => Get(Url); }
    static class Extensions { public static string Twice(this string of) => of + of; }
    delegate void Done(string what);
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn branches_and_loops() {
    let shown = csharp(
        r#"
class A
{
    object Run(object of, string kind)
    {
        switch (kind)
        {
            case "a":
            case "b": One(); break;
            case string s when s.Length > 1: { if (of == null) break; Two(); break; }
            default: return null;
        }
        var said = of switch
        {
            null => "nothing",
            string s when s == "" => s,
            Point { X: > 1, Y: 2 or 3 } p => Log(p),
            Kind.A or Kind.B => throw new Exception(),
            { Name.Length: 5 } => "five",
            _ => "else",
        };
        if (of is string text && text.Length > 1 || of is not null and not Other || Next() is { Value: var v }) return said;
        if (of is Number) number = -1;
        if (map.TryGetValue("aud", out var aud) && int.TryParse(kind, out int n)) Log(aud);
        for (int i = 0, j = 1; i < 3; i++, j--) { if (i == j) continue; else break; }
        for (;;) { break; }
        foreach (var (key, value) in list) body[key] = value;
        await foreach (var one in many) one.Go();
        do { Next(); } while (of != null);
        while ((line = Read()) != null) said += line;
        lock (this) { x.Y[0] = a ? b : c; }
        (var first, var second) = Pair();
        (first, _) = (second, 1);
        var (third, _) = Pair();
        _ = Next();
        string Local(string given) { return given + kind + Later(); }
        string Later() => "x";
        Local("y");
        x.Handler += delegate (object s) { One(); };
        #if DEBUG
        One();
        #else
        Two();
        #endif
        goto done;
        done: Next();
        return (string)of;
    }
    IEnumerable<int> Each() { yield return 1; yield break; }
    void One() { }
    void Two() { }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn calls_and_literals() {
    let shown = csharp(
        r#"
var parameters = new TokenValidationParameters { ValidateAudience = false, ValidAudiences = new[] { "a", b }, Names = { "x", "y" }, Map = { ["k"] = 1 } };
var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(new List<KeyValuePair<string, string>> { new("grant_type", "x"), new KeyValuePair<string, string>("resource", r) }) };
List<string> names = new() { "a" };
Settings settings = new("u") { Scope = "s" };
Dictionary<string, string> copy = new(body, StringComparer.Ordinal) { { "a", "b" } };
F("a\tb\u0041\x41\"", 'c', '\'', @"a\b""c", 0x1F, 1_000L, 1.5m, -2, true, null, default, default(int), typeof(A<B>), nameof(settings.Scope));
F($"{url}/token?x={code,3:X}&{{y}}\n", $@"a""{b}\", $"plain", "x"u8);
F("""
    grant_type=x
      "quoted"
    """, $"""a{b}c""");
F("a" + 1 + b, 1 + 2, string.Format("{0}/{1}", a, b), string.Format(fmt, a));
F([1, ..more, "x"], new int[] { 1, 2 }, new string[3], new { a = 1, b.C, d }, settings with { Scope = "t" }, (1, two: 2));
F(a.Equals(b), string.Equals(a, b, StringComparison.Ordinal), list.Contains(x), CryptographicOperations.FixedTimeEquals(a, b));
F(audience: a, ref b, out c, out var d, x?.Y?.Z(), x?[0], x!.Y, a ?? b, await t, t.Result, t.GetAwaiter().GetResult());
F(from x in xs where x.Ok let y = x.Y from z in y select z.W, xs.Where(x => x.Ok).Select(Map).ToList());
F(global::System.Text.Encoding.UTF8.GetBytes(a), Generic<string>(b), new A.B<C>(d), base.ToString(), checked(a + b));
builder.Services.AddAuthentication("Bearer").AddJwtBearer(options => { options.Audience = "x"; options.TokenValidationParameters = new() { ValidateIssuer = true }; });
x = y = 3;
F(x = 4, i++, --i, ~i, (a), (b + c), ^1, 1..2);
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_stands_around_an_error_is_read() {
    let shown = csharp(
        r#"
namespace A;
class A
{
    void One() { data["resource"] = r; }
    void Two() { Foo( ; data["x"] = y; }
    string @ three;
    string Four() { return Send(data); }
}
class B { void Five() { Six(); }
"#,
    );
    insta::assert_snapshot!(shown);
}
