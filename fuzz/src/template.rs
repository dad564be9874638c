//! Templates and roles as JSON: a file, or an entry of somebody else's settings.

use enginus_model::{RoleTemplate, Template};

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    if let Ok(role) = serde_json::from_str::<RoleTemplate>(text) {
        let again = serde_json::to_string(&role).unwrap();
        assert_eq!(serde_json::from_str::<RoleTemplate>(&again).unwrap(), role);
        return true;
    }
    let Ok(template) = Template::from_json(text) else { return false };
    let again = serde_json::to_string(&template).unwrap();
    assert_eq!(Template::from_json(&again).unwrap(), template);
    for role in &template.roles {
        assert!(template.role(&role.id).is_some());
    }
    true
}
