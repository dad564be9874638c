//! The words of a workbook in each language.

use enginus_model::Language;

use crate::columns::Heading;

/// Everything a workbook says by itself.
pub(crate) struct Words {
    pub(crate) headings: fn(Heading) -> &'static str,
    pub(crate) log: &'static str,
    pub(crate) about: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) number_twice: &'static str,
    pub(crate) code_twice: &'static str,
    pub(crate) also: &'static str,
    pub(crate) moment_format: &'static str,
    pub(crate) date_format: &'static str,
    pub(crate) page: &'static str,
    pub(crate) project: &'static str,
    pub(crate) folder: &'static str,
    pub(crate) documents: &'static str,
    pub(crate) revisions: &'static str,
    pub(crate) state: &'static str,
    pub(crate) exported_at: &'static str,
    pub(crate) how_to_read: &'static str,
    pub(crate) explanations: &'static [&'static str],
}

impl Words {
    pub(crate) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &ENGLISH,
            Language::Tr => &TURKISH,
        }
    }
}

static ENGLISH: Words = Words {
    headings: english_heading,
    log: "Log",
    about: "About",
    yes: "Yes",
    number_twice: "number used twice",
    code_twice: "revision added twice",
    also: "also",
    moment_format: "yyyy-mm-dd hh:mm:ss",
    date_format: "yyyy-mm-dd",
    page: "Page &P of &N",
    project: "Project",
    folder: "Folder",
    documents: "Documents",
    revisions: "Rows",
    state: "State of the record",
    exported_at: "Exported at (UTC)",
    how_to_read: "How to read this log",
    explanations: &[
        "Each row is one revision of one document; a document without a file yet has one row.",
        "\"Current\" marks the revision the register shows. Filter by it to see the register alone.",
        "\"Added by\", \"Added at\" and \"Why\" say who added the revision, when, and for what reason. Times are UTC.",
        "\"Conflict\" names what waits for a decision: a number or revision given twice, or a field changed by two people at once.",
        "\"Removed\" says who removed the document, when and why. Removed documents can be restored.",
        "Compare SHA-256 with a file in your hands: if they are equal, it is the same file.",
        "The first sheet is the same for everybody whose state of the record is the same.",
        "The hidden columns at the right hold the ids by which an edited log finds its way back. Leave them as they are.",
    ],
};

static TURKISH: Words = Words {
    headings: turkish_heading,
    log: "Döküm",
    about: "Hakkında",
    yes: "Evet",
    number_twice: "numara iki kez kullanılmış",
    code_twice: "revizyon iki kez eklenmiş",
    also: "ayrıca",
    moment_format: "dd.mm.yyyy hh:mm:ss",
    date_format: "dd.mm.yyyy",
    page: "Sayfa &P / &N",
    project: "Proje",
    folder: "Klasör",
    documents: "Belge sayısı",
    revisions: "Satır sayısı",
    state: "Kaydın durumu",
    exported_at: "Dışa aktarma zamanı (UTC)",
    how_to_read: "Bu döküm nasıl okunur",
    explanations: &[
        "Her satır bir belgenin bir revizyonudur; henüz dosyası olmayan belgenin tek satırı vardır.",
        "\"Güncel\" sütunu kütükte gösterilen revizyonu işaretler. Yalnız kütüğü görmek için bu sütuna göre süzün.",
        "\"Ekleyen\", \"Eklenme zamanı\" ve \"Gerekçe\", revizyonu kimin, ne zaman ve hangi gerekçeyle eklediğini söyler. Saatler UTC'dir.",
        "\"Çakışma\" karar bekleyen konuyu belirtir: iki kez verilmiş numara veya revizyon, ya da iki kişinin aynı anda değiştirdiği alan.",
        "\"Kaldırıldı\" belgeyi kimin, ne zaman ve neden kaldırdığını söyler. Kaldırılan belgeler geri getirilebilir.",
        "SHA-256 değerini elinizdeki dosyanınkiyle karşılaştırın: eşitse aynı dosyadır.",
        "Kaydın durumu aynı olan herkeste ilk sayfa aynıdır.",
        "Sağdaki gizli sütunlarda, düzenlenen dökümün yerini bulmasını sağlayan kimlikler vardır. Bunları değiştirmeyin.",
    ],
};

fn english_heading(heading: Heading) -> &'static str {
    match heading {
        Heading::Folder => "Folder",
        Heading::Subfolder => "Subfolder",
        Heading::Number => "Number",
        Heading::Title => "Title",
        Heading::Revision => "Revision",
        Heading::Current => "Current",
        Heading::Status => "Status",
        Heading::Discipline => "Discipline",
        Heading::Form => "Form",
        Heading::Originator => "Originator",
        Heading::AddedBy => "Added by",
        Heading::AddedAt => "Added at (UTC)",
        Heading::Reason => "Why",
        Heading::File => "File",
        Heading::Size => "Size (bytes)",
        Heading::Sha256 => "SHA-256",
        Heading::Conflict => "Conflict",
        Heading::Removed => "Removed",
        Heading::Transmittal => "Transmittal no.",
        Heading::DateReceived => "Date received",
        Heading::PlannedDate => "Planned date",
        Heading::ActualDate => "Actual date",
        Heading::Package => "Package",
        Heading::Zone => "Zone",
        Heading::OtherFiles => "Other files",
        Heading::DocumentId => "Document id",
        Heading::RevisionId => "Revision id",
    }
}

fn turkish_heading(heading: Heading) -> &'static str {
    match heading {
        Heading::Folder => "Klasör",
        Heading::Subfolder => "Alt klasör",
        Heading::Number => "Belge no",
        Heading::Title => "Başlık",
        Heading::Revision => "Revizyon",
        Heading::Current => "Güncel",
        Heading::Status => "Durum",
        Heading::Discipline => "Disiplin",
        Heading::Form => "Belge türü",
        Heading::Originator => "Hazırlayan",
        Heading::AddedBy => "Ekleyen",
        Heading::AddedAt => "Eklenme zamanı (UTC)",
        Heading::Reason => "Gerekçe",
        Heading::File => "Dosya",
        Heading::Size => "Boyut (bayt)",
        Heading::Sha256 => "SHA-256",
        Heading::Conflict => "Çakışma",
        Heading::Removed => "Kaldırıldı",
        Heading::Transmittal => "Gönderi no",
        Heading::DateReceived => "Geliş tarihi",
        Heading::PlannedDate => "Planlanan tarih",
        Heading::ActualDate => "Gerçekleşen tarih",
        Heading::Package => "İş paketi",
        Heading::Zone => "Bölge",
        Heading::OtherFiles => "Diğer dosyalar",
        Heading::DocumentId => "Belge kimliği",
        Heading::RevisionId => "Revizyon kimliği",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn headings_are_there_and_differ_in_every_language() {
        for language in Language::ALL {
            let words = Words::of(language);
            let headings: BTreeSet<String> =
                Heading::ALL.iter().map(|heading| (words.headings)(*heading).to_lowercase()).collect();
            assert_eq!(headings.len(), Heading::ALL.len(), "{language}");
            assert!(!headings.contains(""));
            assert!(words.explanations.len() >= 8);
        }
    }
}
