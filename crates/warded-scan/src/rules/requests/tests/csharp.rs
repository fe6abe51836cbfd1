//! C#: texts that are put together, and what may be left out of a body.

use super::one;

#[test]
fn a_text_that_one_call_after_another_adds_to_is_a_body() {
    let client = |more: &str| {
        format!(
            "using System.Net.Http;\nusing System.Text;\nclass Client\n{{\n    HttpContent Redeem(string code, string server)\n    {{\n        var text = new StringBuilder();\n        text.Append(\"grant_type=authorization_code\");\n        text.Append(\"&code=\").Append(code);\n        {more}\n        return new StringContent(text.ToString());\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Client.cs", &client("")), ["WRD101 11"]);
    let sometimes = "if (server != null) text.Append(\"&resource=\").Append(server);";
    assert_eq!(one("Client.cs", &client(sometimes)), ["WRD105 11"]);
    assert_eq!(one("Client.cs", &client("text.Append(\"&resource=\").Append(SERVER);")), [""; 0]);
}

#[test]
fn a_text_that_may_be_nothing_may_be_left_out() {
    let client = |hint: &str, given: &str| {
        format!(
            "using System.Net.Http;\nclass Body\n{{\n    [JsonPropertyName(\"grant_type\")] public string GrantType {{ get; set; }}\n    [JsonPropertyName(\"client_secret\")] public string ClientSecret {{ get; set; }}\n    [JsonPropertyName(\"resource\")] public string? Resource {{ get; set; }}\n}}\nclass Options\n{{\n    public {hint} Server {{ get; set; }}\n}}\nclass Client\n{{\n    HttpClient http = new HttpClient();\n    Task<Answer> Own(Options options)\n    {{\n        var body = new Body {{ GrantType = \"client_credentials\", ClientSecret = secret{given} }};\n        return http.PostAsJsonAsync(url, body);\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Client.cs", &client("string?", ", Resource = options.Server")), ["WRD105 18"]);
    assert_eq!(one("Client.cs", &client("string", ", Resource = options.Server")), [""; 0]);
    assert_eq!(one("Client.cs", &client("string?", ", Resource = options.Server ?? SERVER")), [""; 0]);
    assert_eq!(one("Client.cs", &client("string?", "")), ["WRD101 18"]);
}
