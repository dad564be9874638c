//! Numbers, revision codes and names as people and other devices write them.

use enginus_model::{
    DocumentNumber, ParsedFileName, RevisionCode, clean_line, fold, portable_file_name, safe_file_name, safe_subfolder,
    split_extension,
};

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let (one, two) = text.split_once('\n').unwrap_or((text, "P01"));
    folded(one);
    named(one);
    revised(one, two);
    let Ok(number) = one.parse::<DocumentNumber>() else { return false };
    assert_eq!(number.as_str().parse::<DocumentNumber>().as_ref(), Ok(&number), "a number is read back");
    assert_eq!(number.key(), fold(number.as_str()));
    if let Some(fields) = number.fields() {
        let all = [fields.project(), fields.originator(), fields.functional(), fields.spatial(), fields.form()];
        let all = [&all[..], &[fields.discipline(), fields.number()]].concat();
        assert_eq!(all.join("-"), number.as_str());
    }
    true
}

fn folded(text: &str) {
    assert_eq!(fold(&fold(text)), fold(text), "folding twice changes nothing");
    assert_eq!(clean_line(&clean_line(text)), clean_line(text), "cleaning twice changes nothing");
}

fn named(text: &str) {
    let parsed = ParsedFileName::parse(text);
    assert_eq!(parsed.number.is_empty(), parsed.title.is_empty(), "{parsed:?}");
    let portable = portable_file_name(text);
    assert_eq!(safe_file_name(&portable).as_deref(), Ok(portable.as_str()), "a portable name is a safe one");
    assert_eq!(portable_file_name(&portable), portable, "a portable name is portable");
    let (stem, extension) = split_extension(text);
    assert_eq!(extension.map_or(stem.to_owned(), |extension| format!("{stem}.{extension}")), text);
    if let Ok(name) = safe_file_name(text) {
        assert_eq!(safe_file_name(&name).as_ref(), Ok(&name));
    }
    if let Ok(path) = safe_subfolder(text) {
        assert_eq!(safe_subfolder(&path).as_ref(), Ok(&path));
        assert!(!path.split('/').any(|level| matches!(level.trim(), "." | "..")));
    }
}

fn revised(one: &str, two: &str) {
    let (a, b) = (RevisionCode::new(one), RevisionCode::new(two));
    assert_eq!(RevisionCode::new(a.as_str()), a);
    assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    assert!(a.next() > a, "{a:?} is followed by {:?}", a.next());
    let c = b.next();
    let mut three = [a, b, c];
    three.sort();
    assert!(three[0] <= three[1] && three[1] <= three[2] && three[0] <= three[2], "{three:?}");
}
