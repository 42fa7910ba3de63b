use super::*;

const LOGIN: &str = r#"<title>Sign in</title><form action=/search><input name=q><button>Search</button></form>
    <form method=post action=/signup><input name=email><input type=password name=p1 autocomplete=new-password>
    <button>Create account</button></form>
    <form method=post action=/login><input type=hidden name=csrf value=x><input name=account>
    <input type=password name=pw><button name=with value=g>Continue with Google</button><button name=ok>Sign in</button></form>"#;
const NAME: &str = r#"<title>Who are you?</title><form method=post><input name=identifier autocomplete=username>
    <button>Next</button></form>"#;
const CODE: &str = r#"<title>Second step</title><form method=post><input name=token autocomplete=one-time-code>
    <button>Verify</button></form>"#;
const CONSENT: &str = r#"<title>Allow?</title><form method=post><input type=checkbox name=scope value=a>
    <button name=d value=yes>Allow</button><button name=d value=no>Not now</button></form><a href=/no>Cancel</a>"#;

fn alice() -> User {
    User { name: "alice".into(), password: "wonder{username}land".into(), totp: None }
}

struct Look {
    user: Option<User>,
    steps: Vec<LoginStep>,
    deny: bool,
    status: u16,
    memory: Memory,
}

fn look() -> Look {
    Look { user: Some(alice()), steps: vec![], deny: false, status: 200, memory: Memory::default() }
}

impl Look {
    fn at(&mut self, html: &str) -> (Page, Act) {
        let page = Page::read_for(html, &rules::selectors(&self.steps));
        let url = Url::parse("https://id.example.test/step?secret=1").expect("a URL");
        let scene = Scene {
            page: &page,
            url: &url,
            status: self.status,
            user: self.user.as_ref(),
            steps: &self.steps,
            deny: self.deny,
        };
        let act = scene.decide(&mut self.memory);
        (page, act)
    }

    fn deed(&mut self, html: &str) -> (Page, Deed) {
        match self.at(html) {
            (page, Act::Do(deed)) => (page, deed),
            (_, other) => panic!("{other:?}"),
        }
    }

    fn stuck(&mut self, html: &str) -> (String, String) {
        match self.at(html).1 {
            Act::Stuck(why, remedy) => (why, remedy),
            other => panic!("{other:?}"),
        }
    }
}

fn named(page: &Page, deed: &Deed) -> Vec<(String, Value)> {
    let fields = || page.forms.iter().flat_map(|f| &f.fields);
    let name = |at: usize| fields().find(|f| f.at == at).map(|f| f.name.clone()).unwrap_or_default();
    deed.values.iter().map(|(at, v)| (name(*at), v.clone())).collect()
}

fn pressed(page: &Page, deed: &Deed) -> String {
    let buttons = page.forms.iter().flat_map(|f| &f.buttons).map(|b| (b.at, b.label.clone()));
    let mut all = buttons.chain(page.links.iter().map(|l| (l.at, l.label.clone())));
    all.find(|(at, _)| Some(*at) == deed.press).map(|(_, label)| label).unwrap_or_default()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

#[test]
fn the_login_form_is_told_from_its_neighbours() {
    let (page, deed) = look().deed(LOGIN);
    assert_eq!((deed.form, deed.label, pressed(&page, &deed).as_str()), (Some(2), "login page", "Sign in"));
    let values = named(&page, &deed);
    assert_eq!(values, [("account".into(), text("alice")), ("pw".into(), text("wonder{username}land"))]);
}

#[test]
fn a_login_in_two_steps_and_a_code_are_passed() {
    let mut look = look();
    let (page, deed) = look.deed(NAME);
    assert_eq!((deed.kind, named(&page, &deed)), (Kind::UserName, vec![("identifier".into(), text("alice"))]));
    let (page, deed) = look.deed("<title>Password</title><form method=post><input type=password name=p></form>");
    assert_eq!((deed.kind, named(&page, &deed).len()), (Kind::Password, 1));
    look.user.as_mut().expect("a user").totp = Some("GEZDGNBV".into());
    let (page, deed) = look.deed(CODE);
    assert_eq!(named(&page, &deed), [("token".into(), Value::Code(String::new(), String::new()))]);
    let vague = CODE.replace(" autocomplete=one-time-code", "").replace("name=token", "name=code");
    assert_eq!(look.deed(&vague).1.kind, Kind::Code);
}

#[test]
fn consent_is_given_and_refused() {
    let (page, deed) = look().deed(CONSENT);
    assert_eq!((deed.kind, pressed(&page, &deed).as_str()), (Kind::Consent, "Allow"));
    let mut no = look();
    no.deny = true;
    let (page, deed) = no.deed(CONSENT);
    assert_eq!((deed.denies, pressed(&page, &deed).as_str()), (true, "Not now"));
    let (page, deed) = no.deed(&CONSENT.replace("<button name=d value=no>Not now</button>", ""));
    assert_eq!((deed.denies, pressed(&page, &deed).as_str()), (true, "Cancel"));
    assert!(!no.deed(LOGIN).1.denies);
}

#[test]
fn an_error_page_is_the_end_whatever_it_offers() {
    let mut error = look();
    error.status = 400;
    assert_eq!(error.at(CONSENT).1, Act::Stay);
    assert_eq!(look().at("<p>Hello").1, Act::Stay);
}

#[test]
fn rules_fill_press_and_refuse() {
    let rule = LoginStep {
        title: Some("Who".into()),
        fill: vec![("identifier".into(), "{username}@h {password}{}".into())],
        click: Some("Next".into()),
        ..LoginStep::default()
    };
    let consent = LoginStep {
        selector: Some("[name=scope]".into()),
        click: Some("[value=yes]".into()),
        deny: Some("Cancel".into()),
        ..LoginStep::default()
    };
    let mut look = look();
    look.steps = vec![rule, consent];
    let (page, deed) = look.deed(NAME);
    assert_eq!(named(&page, &deed), [("identifier".into(), text("alice@h wonder{username}land{}"))]);
    let (page, deed) = look.deed(CONSENT);
    assert_eq!(pressed(&page, &deed), "Allow");
    look.deny = true;
    let (page, deed) = look.deed(CONSENT);
    assert_eq!((deed.denies, deed.form, pressed(&page, &deed).as_str()), (true, None, "Cancel"));
}

#[test]
fn a_code_of_a_rule_is_drawn_when_it_is_needed() {
    let mut look = look();
    look.steps = vec![LoginStep { fill: vec![("token".into(), "G-{totp}".into())], ..LoginStep::default() }];
    let (page, deed) = look.deed(CODE);
    assert_eq!(named(&page, &deed), [("token".into(), Value::Code("G-".into(), String::new()))]);
}

#[test]
fn what_is_optional_may_be_absent_and_what_is_not_is_missed_by_name() {
    let banner = LoginStep { click: Some("Accept cookies".into()), optional: true, ..LoginStep::default() };
    let mut look = look();
    look.steps = vec![banner.clone()];
    assert_eq!(look.deed(LOGIN).1.label, "login page");
    look.steps = vec![LoginStep { url: Some("*/step".into()), optional: false, ..banner }];
    let (why, remedy) = look.stuck(NAME);
    assert_eq!(
        why,
        "the [[login.step]] rule with url = \"*/step\" wants \"Accept cookies\" to press on the page \"Who are you?\" \
         (https://id.example.test/step), where there are the fields \"identifier\"; the buttons \"Next\""
    );
    assert!(remedy.contains("optional"));
    look.steps = vec![LoginStep { fill: vec![("tenant".into(), "acme".into())], ..LoginStep::default() }];
    assert!(look.stuck(NAME).0.contains("rule for every page wants the field \"tenant\" on the page"));
}

#[test]
fn every_dead_end_names_the_page_and_what_it_wanted() {
    let mut nobody = look();
    nobody.user = None;
    let (why, remedy) = nobody.stuck(LOGIN);
    assert!(why.starts_with("the page \"Sign in\" (https://id.example.test/step) asks for a user name and a password"));
    assert!(remedy.contains("PROOFMARK_USERNAME"));
    assert!(nobody.stuck(NAME).0.contains("asks for a user name, and no user"));

    let mut wrong = look();
    wrong.deed(LOGIN);
    let (why, remedy) = wrong.stuck(LOGIN);
    assert!(why.contains("asked for the password again after it was given; it says \"Search"), "{why}");
    assert!(remedy.contains("PROOFMARK_PASSWORD") && !why.contains("secret=1"));
    let mut unknown = look();
    unknown.deed(NAME);
    assert!(unknown.stuck(NAME).0.contains("asked for the user name again"));

    let (why, remedy) = look().stuck(CODE);
    assert!(why.contains("asks for a one-time password in the field \"token\"") && remedy.contains("totp"), "{why}");
    let mut refused = look();
    refused.user.as_mut().expect("a user").totp = Some("GEZDGNBV".into());
    refused.memory.codes = 2;
    assert!(refused.stuck(CODE).1.contains("clock"));

    let mut no = look();
    no.deny = true;
    let (why, remedy) = no.stuck("<title>Allow?</title><form method=post><button>Allow</button></form>");
    assert!(why.contains("no button or link to refuse was found on the page \"Allow?\""), "{why}");
    assert!(why.ends_with("where there are the buttons \"Allow\"") && remedy.contains("`deny`"), "{why}");
}
