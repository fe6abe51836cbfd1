//! What was seen.

use serde_json::{Value, json};

use crate::looking::look;

fn list<'a>(told: &'a Value, name: &str) -> &'a Vec<Value> {
    told[name].as_array().unwrap_or_else(|| panic!("{told}"))
}

/// What somebody hears who does not see the page.
fn heard<'a>(told: &'a Value, page: &str) -> &'a str {
    let seen = list(told, "seen").iter().find(|seen| seen["name"] == page);
    seen.unwrap_or_else(|| panic!("{page}"))["heard"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_every_page_in_light_in_dark_and_on_a_phone() {
    let Some(told) = look("pages").await else { return };
    let seen = list(&told, "seen");
    assert_eq!(seen.len(), 3 * 10);
    for page in seen {
        let which = (&page["name"], &page["view"]);
        assert_eq!(page["violations"], json!([]), "{which:?}");
        assert_eq!(page["isTooWide"], false, "{which:?}");
        let title = page["title"].as_str().unwrap();
        assert!(title.ends_with(" - mcp.example.com") && title.len() > 20, "{title}");
        let levels = page["heard"].as_str().unwrap().matches("[level=1]").count();
        assert_eq!(levels, 1, "one heading says what the page is: {which:?}");
    }
    // Nothing was tried that the page's policy forbids.
    assert_eq!(told["complaints"], json!([]));

    let cookies: Vec<_> =
        list(&told, "cookies").iter().filter(|cookie| cookie["domain"] == "mcp.example.com").collect();
    assert_eq!(
        cookies.len(),
        3 * 3,
        "who sits there, the device, and the way back from a provider: {cookies:?}"
    );
    for cookie in cookies {
        assert!(cookie["name"].as_str().unwrap().starts_with("__Host-warded-"), "{cookie}");
        assert_eq!((&cookie["httpOnly"], &cookie["secure"]), (&json!(true), &json!(true)), "{cookie}");
        assert_eq!(cookie["sameSite"], "Lax", "{cookie}");
    }

    for (page, words) in [
        ("login", &["textbox \"Name\"", "textbox \"Password\"", "button \"Log in\""][..]),
        ("login-wrong", &["alert: ", "textbox \"Name\""]),
        (
            "consent",
            &[
                "heading \"Allow Editor to use Notes of the team?\" [level=1]",
                "term: Server",
                "Read notes (notes:read)",
                "term: Where your answer goes",
                "nobody has checked it",
                "button \"Deny\"",
                "button \"Allow\"",
            ],
        ),
        ("consent-registered", &["registered by the operator", "https://app.example.com"]),
        (
            "apps",
            &[
                "heading \"Editor uses Notes of the team\" [level=3]",
                "button \"Take access away\"",
                "(this browser)",
            ],
        ),
        ("taken-away", &["heading \"Access taken away\" [level=1]"]),
        ("error", &["heading \"This application is not known here\" [level=1]", "client-unknown"]),
        ("error-return", &["link \"Go back to the application\"", "scope-unknown"]),
        ("logged-out", &["heading \"Logged out\" [level=1]"]),
        ("login-apps", &["heading \"Log in to see which apps have access\" [level=1]"]),
    ] {
        let heard = heard(&told, page);
        for words in words {
            assert!(heard.contains(words), "{page}: {words}: {heard}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_leads_through_in_the_order_of_reading() {
    let Some(told) = look("keyboard").await else { return };
    let names = |page: &str| -> Vec<String> {
        let stops = list(&told, page);
        assert!(stops.iter().all(|stop| stop["isMarked"] == true), "where one is can be seen: {stops:?}");
        stops.iter().map(|stop| stop["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("login"), ["Log in with Example Hub", "Name", "Password", "Log in"]);
    assert_eq!(names("consent"), ["Not you?", "Deny", "Allow", "Apps with access"]);
    assert_eq!(told["isBack"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_in_elsewhere_has_read_the_whole_question_before_and_goes_there_by_a_button() {
    let Some(told) = look("elsewhere").await else { return };
    let heard = told["heard"].as_str().unwrap();
    let button = heard.find("button \"Log in with Example Hub\"").unwrap();
    for said in
        ["Editor", "Notes of the team", "Read notes", "a program on this computer", "nobody has checked it"]
    {
        assert!(heard.find(said).is_some_and(|at| at < button), "{said}: {heard}");
    }
    let visited: Vec<_> = list(&told, "visited").iter().map(|url| url.as_str().unwrap()).collect();
    let [asked, sent, there] = visited[..] else { panic!("{visited:?}") };
    assert!(asked.contains("/issuers/staff/authorize?"), "{asked}");
    assert_eq!(sent, "https://mcp.example.com/issuers/staff/login/hub");
    assert!(there.starts_with("https://hub.example.com/login/oauth/authorize?"), "{there}");
    assert!(
        !there.contains("resource") && !there.contains("notes"),
        "what is asked for here is not told: {there}"
    );
    assert_eq!((&told["title"], &told["complaints"]), (&json!("Example Hub"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_may_send_people_on_from_its_callback_to_wherever_it_likes() {
    let Some(told) = look("onward").await else { return };
    assert_eq!(told, json!({ "titles": ["There", "There", "There"], "complaints": [] }));
}

/// The page of a provider may say where its form leads to, and browsers hold every redirect behind it to that.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_from_behind_the_form_of_a_provider_gets_to_the_application() {
    let Some(told) = look("returned").await else { return };
    assert_eq!(told, json!({ "asked": 1, "titles": ["There", "There"], "complaints": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_asks_in_a_window_of_its_own_hears_from_it() {
    let Some(told) = look("popup").await else { return };
    assert_eq!(told, json!({ "wasClosed": false, "isCut": false, "heard": "told" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_end_moves_nothing_off_the_page() {
    let Some(told) = look("endless").await else { return };
    for page in list(&told, "seen") {
        assert_eq!((&page["isTooWide"], &page["violations"]), (&json!(false), &json!([])), "{page}");
    }
    assert!(heard(&told, "endless-apps").contains(&"M".repeat(80)), "{told}");
}

/// The measure is measured: a check that finds nothing anywhere would be green.
#[tokio::test(flavor = "multi_thread")]
async fn the_checks_find_what_is_wrong() {
    let Some(told) = look("measure").await else { return };
    for wrong in ["color-contrast", "image-alt", "label", "document-title", "html-has-lang"] {
        assert!(list(&told, "violations").contains(&json!(wrong)), "{wrong}: {told}");
    }
    assert_eq!(told["isTooWide"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_is_needed() {
    let Some(told) = look("scriptless").await else { return };
    assert_eq!(told, json!({ "isBack": true, "title": "Access taken away - mcp.example.com" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_page_can_show_ours_inside_of_it() {
    let Some(told) = look("framed").await else { return };
    assert_eq!(told["shown"], 0, "{told}");
    assert!(told["url"].as_str().unwrap().starts_with("chrome-error:"), "{told}");
}
