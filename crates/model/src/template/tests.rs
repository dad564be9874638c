use super::*;
use crate::role::FolderSet;

fn ges() -> Template {
    Template::builtin("ges").unwrap()
}

fn broken(change: impl FnOnce(&mut Template)) -> TemplateError {
    let mut template = ges();
    change(&mut template);
    template.validate().unwrap_err()
}

#[test]
fn every_builtin_template_is_sound_and_bears_its_id() {
    for (id, _) in BUILTIN {
        assert_eq!(Template::builtin(id).unwrap().id, id);
    }
    assert_eq!(Template::all().len(), BUILTIN.len());
    assert_eq!(Template::builtin("bridge"), None);
}

#[test]
fn a_solar_project_has_its_seven_folders_in_both_languages() {
    let template = ges();
    let names = |language| template.folders.iter().map(|f| f.name.get(language).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        names(Language::En),
        [
            "Connection Assessment",
            "Projects",
            "Project Supporting Documents",
            "Materials",
            "Site Control Forms",
            "General Control",
            "Payment Requests",
        ]
    );
    assert_eq!(
        names(Language::Tr),
        [
            "Bağlantı Görüşü",
            "Projeler",
            "Proje Destek Belgeleri",
            "Malzemeler",
            "Saha Kontrol Formları",
            "Genel Kontrol",
            "Hakedişler",
        ]
    );
}

/// The default matrix, a line per role: reads, writes records in, decides reviews in (folders by position), manages.
#[test]
fn a_solar_project_grants_exactly_the_default_matrix() {
    let template = ges();
    let matrix: Vec<_> = template
        .roles
        .iter()
        .map(|role| {
            let row = |set: &FolderSet| {
                let bit = |f: &FolderTemplate| if set.contains(&f.slug) { 'x' } else { '-' };
                template.folders.iter().map(bit).collect::<String>()
            };
            format!(
                "{} {} {} {} {}",
                role.id,
                row(&role.read),
                row(&role.write_records),
                row(&role.review),
                role.manage
            )
        })
        .collect();
    assert_eq!(
        matrix,
        [
            "owner xxxxxxx xxxxxxx xxxxxxx true",
            "document-controller xxxxxxx xxxxxxx ------- true",
            "design-office xxxxxx- -xx---- ------- false",
            "contractor xxxxxxx -xxxxxx ------- false",
            "consultant xxxxxxx ----xx- xxxxxxx false",
            "investor xxxxxxx ------- ------x false",
        ]
    );
    let rank = |id: &str| template.role(id).unwrap().rank;
    assert!(rank("owner") < rank("document-controller"));
    for id in ["design-office", "contractor", "consultant", "investor"] {
        assert!(rank("document-controller") < rank(id), "{id}");
    }
}

#[test]
fn folders_and_roles_are_found_by_id_and_by_any_name() {
    let template = ges();
    for name in ["payment-requests", "Payment requests", "HAKEDİŞLER", "hakedisler"] {
        assert_eq!(template.folder(name).unwrap().slug, "payment-requests", "{name}");
    }
    assert_eq!(template.folder("payments"), None);
    assert_eq!(template.role("yüklenici").unwrap().id, "contractor");
    assert_eq!(template.role("Document Controller").unwrap().id, "document-controller");
}

#[test]
fn withdrawn_suitability_is_not_offered() {
    for template in Template::all() {
        for code in &template.suitability {
            let suitability = crate::Suitability::parse(&code.code).unwrap();
            assert!(!suitability.is_withdrawn(), "{}", code.code);
        }
    }
}

#[test]
fn forms_of_real_sets_are_in_the_lists() {
    for template in Template::all() {
        for form in ["DR", "M2", "M3", "SH", "SA"] {
            assert!(template.forms.iter().any(|code| code.code == form), "{form}");
        }
    }
}

#[test]
fn a_template_with_a_mistake_says_which() {
    let error = broken(|t| t.roles[2].read = FolderSet::Only(vec!["drawings".to_owned()]));
    assert!(error.to_string().starts_with("the role \"design-office\" names the folder \"drawings\""), "{error}");

    let error = broken(|t| t.folders[1].slug = t.folders[0].slug.clone());
    assert_eq!(error, TemplateError::Duplicate { what: "folder", id: "connection-assessment".to_owned() });

    // Another folder's Turkish name as this one's English name would make "Projeler" mean two folders.
    let error =
        broken(|t| t.folders[3].name = Localized::from([(Language::En, "PROJELER"), (Language::Tr, "Malzemeler")]));
    assert_eq!(error, TemplateError::Duplicate { what: "folder", id: "materials".to_owned() });

    let error = broken(|t| drop(t.folders[6].name.0.remove(&Language::Tr)));
    assert_eq!(
        error,
        TemplateError::MissingLanguage { what: "folder", id: "payment-requests".to_owned(), language: Language::Tr }
    );

    let error = broken(|t| t.forms.push(t.forms[0].clone()));
    assert_eq!(error, TemplateError::Duplicate { what: "form", id: "DR".to_owned() });

    let error = broken(|t| t.folders[0].slug = "Bağlantı".to_owned());
    assert_eq!(error, TemplateError::BadId { what: "folder", id: "Bağlantı".to_owned() });

    let error = broken(|t| t.folders.clear());
    assert_eq!(error, TemplateError::Count { what: "folders", found: 0, limit: MAX_FOLDERS });
}

#[test]
fn a_role_cannot_work_where_it_does_not_read() {
    let error = broken(|t| t.roles[2].review = FolderSet::All);
    assert_eq!(error, TemplateError::Unread { role: "design-office".to_owned(), slug: "payment-requests".to_owned() });
}

#[test]
fn a_project_has_exactly_one_role_above_all() {
    assert_eq!(broken(|t| t.roles[0].rank = 5), TemplateError::Owner { found: String::new() });
    assert_eq!(broken(|t| t.roles[3].rank = 0), TemplateError::Owner { found: "owner, contractor".to_owned() });
    assert_eq!(broken(|t| t.roles[0].manage = false), TemplateError::Owner { found: "owner".to_owned() });
}

#[test]
fn another_file_is_no_template() {
    assert!(matches!(Template::from_json("{}"), Err(TemplateError::Unreadable { .. })));
    assert!(matches!(Template::from_json("PK\u{3}\u{4}"), Err(TemplateError::Unreadable { .. })));
    let huge = " ".repeat(MAX_TEMPLATE_BYTES + 1);
    assert_eq!(Template::from_json(&huge), Err(TemplateError::TooLarge { bytes: MAX_TEMPLATE_BYTES + 1 }));
}

#[test]
fn a_template_survives_being_written_and_read() {
    let text = serde_json::to_string(&ges()).unwrap();
    assert_eq!(Template::from_json(&text).unwrap(), ges());
}
