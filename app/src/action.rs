//! Everything a person can ask for without saying more: one list feeds the menu, the shortcuts, the palette and the help.

use egui::{Key, KeyboardShortcut, Modifiers};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $id:literal $(, $modifiers:ident + $key:ident)?;)*) => {
        /// Something to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every one, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, as settings and text ids write it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The keys that mean it.
            #[must_use]
            pub const fn shortcut(self) -> Option<KeyboardShortcut> {
                match self { $(Self::$name => actions!(@keys $($modifiers + $key)?),)* }
            }
        }
    };
    (@keys) => { None };
    (@keys $modifiers:ident + $key:ident) => { Some(KeyboardShortcut::new(Modifiers::$modifiers, Key::$key)) };
}

actions! {
    /// Adds files to a folder.
    AddDocuments => "add-documents", COMMAND + N;
    /// Plans a document that has no file yet.
    PlanDocument => "plan-document";
    /// Puts the keyboard into the search field.
    Search => "search", COMMAND + F;
    /// Opens the chosen document's file.
    OpenFile => "open-file", COMMAND + O;
    /// Writes the chosen document's files somewhere.
    SaveAs => "save-as", COMMAND + S;
    /// Adds a revision to the chosen document.
    Revise => "revise", COMMAND + R;
    /// Changes the chosen document's fields.
    EditDocument => "edit-document", NONE + F2;
    /// Removes the chosen document, or restores it.
    RemoveDocument => "remove-document", NONE + Delete;
    /// Makes a ticket for somebody.
    Invite => "invite", COMMAND + I;
    /// Writes the folder's log as a workbook.
    ExportLog => "export-log", COMMAND + E;
    /// Exchanges with everybody now.
    SyncNow => "sync-now", NONE + F5;
    /// Writes the project into one file.
    ExportBundle => "export-bundle";
    /// Takes such a file in.
    ImportBundle => "import-bundle";
    /// Creates a project.
    CreateProject => "create-project";
    /// Joins one.
    JoinProject => "join-project", COMMAND + J;
    /// Shows only what waits for a person.
    ToggleAttention => "toggle-attention";
    /// Shows removed documents too.
    ToggleRemoved => "toggle-removed";
    /// Shows the register.
    ShowRegister => "show-register", COMMAND + Num1;
    /// Shows the members.
    ShowMembers => "show-members", COMMAND + Num2;
    /// Shows devices and buckets.
    ShowSync => "show-sync", COMMAND + Num3;
    /// Shows the notices.
    ShowNotices => "show-notices", COMMAND + Num4;
    /// Shows what waits for review.
    ShowReview => "show-review";
    /// Shows this person's keys and devices.
    ShowKeys => "show-keys", COMMAND + Num5;
    /// Locks the keys.
    LockNow => "lock-now", COMMAND + L;
    /// Lets a further device of this person in.
    AddDevice => "add-device";
    /// Shows this person's contact card.
    ContactCard => "contact-card";
    /// Brings this person's projects to this device.
    RecoverProjects => "recover-projects";
    /// English or Turkish.
    SwitchLanguage => "switch-language";
    /// Light or dark.
    SwitchTheme => "switch-theme";
    /// Every action by name.
    Palette => "palette", COMMAND + K;
    /// The keys.
    Help => "help", NONE + F1;
}

impl Action {
    /// The id of its text.
    #[must_use]
    pub fn text_id(self) -> String {
        format!("action-{}", self.id())
    }

    /// Whether it is about the chosen document.
    #[must_use]
    pub const fn needs_document(self) -> bool {
        matches!(self, Self::OpenFile | Self::SaveAs | Self::Revise | Self::EditDocument | Self::RemoveDocument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_actions_share_keys_or_names() {
        let keys: Vec<_> = Action::ALL.iter().filter_map(|action| action.shortcut()).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        assert_eq!(Action::ALL.iter().map(|a| a.id()).collect::<HashSet<_>>().len(), Action::ALL.len());
    }
}
