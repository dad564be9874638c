//! The closed sets of words that label a series.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder};

/// A closed set of words under one label.
pub trait Label: Copy + Eq + std::hash::Hash + std::fmt::Debug + Send + Sync + 'static {
    /// The label's name.
    const NAME: &'static str;
    /// All of its words.
    const ALL: &'static [Self];
    /// The word.
    fn word(self) -> &'static str;
}

/// One label with one word of its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct By<L>(L);

impl<L: Label> By<L> {
    /// The series of the label that has this word; of the last one, which stands for any other, where none has.
    pub fn word(word: &str) -> Option<Self> {
        L::ALL.iter().find(|label| label.word() == word).or(L::ALL.last()).copied().map(Self)
    }
    /// The series of this word.
    pub fn new(label: L) -> Self {
        Self(label)
    }
    /// One for each word.
    pub fn all() -> impl Iterator<Item = Self> {
        L::ALL.iter().copied().map(Self)
    }
}

impl<L: Label> EncodeLabelSet for By<L> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        use prometheus_client::encoding::EncodeLabel;
        (L::NAME, self.0.word()).encode(encoder.encode_label())
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident as $label:literal { $($(#[$word_doc:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$word_doc])* $variant),* }

        impl Label for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
                self.word().encode(encoder)
            }
        }
    )*};
}

labels! {
    /// Why a connection or session was not let in.
    TurnedAway as "reason" {
        /// The operator does not serve the project.
        NotAdmitted = "not_admitted",
        /// What it showed is not that project.
        NotThisProject = "not_this_project",
        /// The project is not kept, and the device is none of its owner's.
        NotKept = "not_kept",
        /// It is not what the protocol says.
        NotUnderstood = "not_understood",
        /// There is no room.
        StorageFull = "storage_full",
        /// Storage does not answer.
        Unavailable = "unavailable",
        /// The project's list does not name the device.
        Unknown = "unknown",
        /// Too many devices that no list names.
        Strangers = "strangers",
        /// Too many were proving who they are.
        TooManyAtOnce = "too_many_at_once",
        /// It did not prove who it is, or not in time.
        Unproved = "unproved",
        /// Too many connections, of this device or all together.
        TooManyConnections = "too_many_connections",
        /// Anything else.
        Other = "other",
    }
    /// Why envelopes were refused.
    EnvelopeRefusal as "reason" {
        /// The signature does not hold.
        Forged = "forged",
        /// More than is taken of an author whom the list does not let put.
        Allowance = "allowance",
        /// The project's quota is used up.
        Quota = "quota",
        /// Storage could not take them.
        Storage = "storage",
        /// Anything else.
        Other = "other",
    }
    /// Which way bytes went.
    Direction as "direction" {
        /// From devices.
        In = "in",
        /// To devices.
        Out = "out",
    }
    /// Which quota was reached.
    QuotaKind as "kind" {
        /// Bytes of one project's envelopes.
        ProjectBytes = "project_bytes",
        /// Bytes of one project's objects.
        ObjectBytes = "object_bytes",
        /// Statements of one project's list.
        List = "list",
        /// Any other.
        Other = "other",
    }
    /// What storage was asked to do.
    StorageCall as "call" {
        /// Keep records.
        Append = "append",
        /// Bring a project into view.
        View = "view",
        /// Say whether it is ready.
        Ready = "ready",
        /// Keep an object.
        PutObject = "put_object",
        /// Give an object.
        GetObject = "get_object",
    }
    /// What is kept.
    Kept as "what" {
        /// Envelopes and what goes with them.
        Journal = "journal",
        /// Objects.
        Objects = "objects",
    }
    /// How a request ended.
    Outcome as "outcome" {
        /// As asked.
        Done = "done",
        /// Refused.
        Refused = "refused",
        /// It could not be done.
        Failed = "failed",
    }
    /// Which HTTP side.
    Traffic as "side" {
        /// The operator's.
        Operator = "operator",
        /// `/v1/presign`.
        Public = "public",
    }
}

/// An HTTP request's side and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Operation {
    /// Which side.
    pub side: Traffic,
    /// How it ended.
    pub outcome: Outcome,
}
