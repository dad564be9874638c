//! Members, invitations, roles and review as a script uses them, between two homes that never meet but by file.

use serde_json::Value;

use crate::stand::{Stand, text};

/// Carries everything from one home to another.
fn carry(stand: &Stand, from: &str, to: &str) {
    let stick = stand.path("stick.enginus");
    stand.ok(from, &["bundle", "export", text(&stick)]);
    stand.ok(to, &["bundle", "import", text(&stick)]);
}

/// A contractor who joined the owner's project by file.
fn contractor(stand: &Stand, owner: &str) -> &'static str {
    stand.ok("contractor", &["init", "--name", "Contractor", "--email", "site@example.com"]);
    let said = stand.ok(owner, &["invite", "--role", "contractor"]);
    let ticket = said.lines().last().unwrap().to_owned();
    stand.ok("contractor", &["join", &ticket, "--wait", "0"]);
    carry(stand, owner, "contractor");
    carry(stand, "contractor", owner);
    "contractor"
}

fn names(members: &Value) -> Vec<&str> {
    members.as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap()).collect()
}

#[test]
fn a_removal_is_looked_at_made_and_what_came_late_is_accepted() {
    let stand = Stand::new();
    let owner = stand.owner();
    let contractor = contractor(&stand, owner);
    let late = stand.file("SP-500_LATE-P01.pdf", "late");
    stand.ok(contractor, &["doc", "add", "Projects", text(&late), "--reason", "as found"]);

    let preview = stand.ok(owner, &["member", "revoke", "site@example.com", "--preview"]);
    assert!(preview.starts_with("For Contractor this would happen:"), "{preview}");
    assert!(preview.contains("reads nothing new in: ") && preview.contains("keys are made anew"), "{preview}");
    let changed = stand.json(owner, &["member", "revoke", "Contractor", "--preview"]);
    assert_eq!((&changed["done"], &changed["name"]), (&Value::Bool(false), &Value::from("Contractor")));
    assert_eq!(names(&stand.json(owner, &["member", "list"])), ["Owner", "Contractor"]);
    assert_eq!(stand.run(owner, &["member", "revoke", "Contractor"]).code, Some(2), "a removal needs a reason");

    stand.ok(owner, &["member", "revoke", "contractor", "--reason", "left the project"]);
    assert_eq!(names(&stand.json(owner, &["member", "list"])), ["Owner"]);
    let again = stand.refused(owner, &["member", "revoke", "Contractor", "--reason", "left"]);
    assert!(again.contains("there is no member \"Contractor\""), "{again}");

    carry(&stand, contractor, owner);
    assert!(stand.ok(owner, &["doc", "list"]).contains("no documents"));
    let waiting = stand.json(owner, &["review", "list"]);
    assert_eq!(waiting[0]["documents"], serde_json::json!(["SP-500"]));
    assert_eq!((&waiting[0]["by"], &waiting[0]["folder"]), (&Value::from("Contractor"), &Value::from("Projects")));
    let id = waiting[0]["id"].as_str().unwrap().get(..8).unwrap().to_owned();
    assert!(stand.ok(owner, &["review", "list"]).contains("SP-500"));
    let wrong = stand.refused(owner, &["review", "accept", "zzzz", "--reason", "x"]);
    assert!(wrong.contains("no entry \"zzzz\" waits"), "{wrong}");
    stand.ok(owner, &["review", "accept", &id, "--reason", "it was agreed"]);
    assert!(stand.ok(owner, &["doc", "list"]).contains("SP-500"));
    assert!(stand.ok(owner, &["review", "list"]).contains("nothing waits for review"));

    carry(&stand, owner, contractor);
    let status = stand.ok(contractor, &["status"]);
    assert!(status.contains("removed"), "{status}");
    assert!(stand.ok(contractor, &["doc", "list"]).contains("SP-500"), "what they had stays readable");
    let refused =
        stand.refused(contractor, &["doc", "plan", "Projects", "--number", "X", "--title", "X", "--reason", "x"]);
    assert!(refused.contains("Owner removed you from this project"), "{refused}");

    let history = stand.json(owner, &["member", "history"]);
    let kinds: Vec<_> = history.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    for kind in ["device", "invitation", "joined", "removal", "acceptance"] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    let told = stand.ok(owner, &["member", "history", "--language", "tr"]);
    assert!(told.contains("Owner  üyeyi çıkardı: Contractor: left the project"), "{told}");
}

#[test]
fn invitations_are_listed_and_cancelled() {
    let stand = Stand::new();
    let owner = stand.owner();
    assert!(stand.ok(owner, &["invite", "list"]).contains("no invitation is open"));
    let said = stand.ok(owner, &["invite", "--role", "consultant", "--uses", "3", "--expires", "7d", "--until", "90d"]);
    let ticket = said.lines().last().unwrap().to_owned();
    let open = stand.json(owner, &["invite", "list"]);
    assert_eq!((&open[0]["role"], &open[0]["uses_left"]), (&Value::from("consultant"), &Value::from(3)));
    let id = open[0]["id"].as_str().unwrap().get(..8).unwrap().to_owned();
    assert!(stand.ok(owner, &["invite", "list"]).contains("3 uses left"));
    assert_eq!(stand.run(owner, &["invite", "cancel", &id]).code, Some(2), "a cancellation needs a reason");
    stand.ok(owner, &["invite", "cancel", &id, "--reason", "wrong address"]);
    assert!(stand.ok(owner, &["invite", "list"]).contains("no invitation is open"));
    stand.ok("guest", &["init", "--name", "Guest"]);
    stand.ok("guest", &["join", &ticket, "--wait", "0"]);
    carry(&stand, owner, "guest");
    assert!(!stand.ok("guest", &["status"]).contains("active"), "a cancelled ticket lets nobody in");
    let fresh = stand.ok(owner, &["invite", "--role", "consultant"]).lines().last().unwrap().to_owned();
    stand.ok("guest", &["join", &fresh, "--wait", "0"]);
    stand.ok("guest", &["join", &fresh, "--wait", "0"]);
    carry(&stand, owner, "guest");
    assert!(stand.ok("guest", &["status"]).contains("active"), "a fresh ticket takes the place of the first");
    for wrong in [&["invite", "--role", "consultant", "--uses", "0"][..], &["invite", "--role", "captain"]] {
        let refused = stand.refused(owner, wrong);
        assert!(refused.contains("hint"), "{refused}");
    }
}

#[test]
fn a_project_that_never_arrived_can_be_forgotten() {
    let stand = Stand::new();
    let owner = stand.owner();
    let ticket = stand.ok(owner, &["invite", "--role", "investor"]).lines().last().unwrap().to_owned();
    stand.ok("guest", &["init", "--name", "Guest"]);
    stand.ok("guest", &["join", &ticket, "--wait", "0"]);
    assert_eq!(stand.json("guest", &["project", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(stand.json("guest", &["project", "forget"]), serde_json::json!([]));
    assert!(stand.refused("guest", &["project", "show"]).contains("there is no project"));
    stand.ok("guest", &["join", &ticket, "--wait", "0"]);
    carry(&stand, owner, "guest");
    let refused = stand.run("guest", &["project", "forget", "--json"]);
    let said: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!((refused.code, &said["error"]["kind"]), (Some(1), &Value::from("conflict")));
    assert!(stand.ok("guest", &["status"]).contains("active"), "what is here stays");
}

#[test]
fn a_role_changes_for_a_member_and_for_the_project() {
    let stand = Stand::new();
    let owner = stand.owner();
    let contractor = contractor(&stand, owner);
    stand.ok(owner, &["member", "role", "Contractor", "investor", "--reason", "finished on site"]);
    assert_eq!(stand.json(owner, &["member", "list"])[1]["roles"], serde_json::json!(["investor"]));
    carry(&stand, owner, contractor);
    let plan = ["doc", "plan", "Projects", "--number", "X", "--title", "X", "--reason", "x"];
    assert!(stand.refused(contractor, &plan).contains("your role does not let you write"));

    let roles = stand.json(owner, &["role", "list"]);
    let mut role = roles.as_array().unwrap().iter().find(|role| role["id"] == "investor").unwrap().clone();
    role["id"] = "surveyor".into();
    role["read"] = serde_json::json!({ "only": ["projects"] });
    role["review"] = "none".into();
    let file = stand.file("role.json", &role.to_string());
    stand.ok(owner, &["role", "set", text(&file)]);
    assert!(stand.ok(owner, &["role", "list"]).contains("surveyor"));
    stand.ok(owner, &["member", "role", "Contractor", "surveyor", "--until", "30d", "--reason", "surveys only"]);
    carry(&stand, owner, contractor);
    assert_eq!(stand.json(contractor, &["doc", "list", "Projects"]), serde_json::json!([]));
    assert!(stand.refused(contractor, &["doc", "list", "Materials"]).contains("does not let you read"));

    let broken = stand.file("broken.json", "{\"id\": 3}");
    assert!(stand.refused(owner, &["role", "set", text(&broken)]).contains("is no role"));
    assert!(stand.refused(contractor, &["role", "set", text(&file)]).contains("does not let you"));
}
