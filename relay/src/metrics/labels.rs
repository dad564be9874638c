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
    /// What a session is doing.
    SessionState as "state" {
        /// Proving who it is and which project it is for.
        Handshake = "handshake",
        /// Receiving what it lacks.
        Catching = "catching_up",
        /// Level, and told of what arrives.
        Live = "live",
        /// Told to end.
        Ending = "ending",
    }
    /// Why a handshake was refused.
    HandshakeRefusal as "reason" {
        /// The project is not served here.
        NotAdmitted = "not_admitted",
        /// The device is not on the project's access list.
        NotOnList = "not_on_list",
        /// The access list or a proof is not validly signed.
        BadProof = "bad_proof",
        /// It speaks another version.
        Version = "version",
        /// It took too long.
        Timeout = "timeout",
        /// Too many connections.
        TooMany = "too_many",
        /// The relay is shutting down.
        Draining = "draining",
        /// It is not what the protocol says.
        Malformed = "malformed",
    }
    /// Why envelopes were refused.
    EnvelopeRefusal as "reason" {
        /// The signature does not hold.
        BadSignature = "bad_signature",
        /// Its sender may not put there.
        NotAllowed = "not_allowed",
        /// It does not stand where its log says.
        Misplaced = "misplaced",
        /// It is too large.
        TooLarge = "too_large",
        /// It is not what the protocol says.
        Malformed = "malformed",
        /// A quota is used up.
        Quota = "quota",
        /// Storage could not take it.
        Storage = "storage",
    }
    /// Which way bytes went.
    Direction as "direction" {
        /// From devices.
        In = "in",
        /// To devices.
        Out = "out",
    }
    /// Which quota or limit refused something.
    QuotaKind as "kind" {
        /// Projects, all together.
        Projects = "projects",
        /// Bytes of one project.
        ProjectBytes = "project_bytes",
        /// Envelopes of one project.
        ProjectEnvelopes = "project_envelopes",
        /// Envelopes a second of one device.
        DeviceRate = "device_rate",
        /// Bytes a second of one device.
        DeviceBytes = "device_bytes",
        /// What a removed device may still put.
        RemovedDevice = "removed_device",
        /// Bytes of one object.
        ObjectBytes = "object_bytes",
        /// Connections, all together.
        Connections = "connections",
        /// Connections of one device.
        DeviceConnections = "device_connections",
        /// Connections from one address.
        AddressConnections = "address_connections",
        /// Handshakes that are not finished.
        HalfOpen = "half_open",
    }
    /// What storage was asked to do.
    StorageCall as "call" {
        /// Keep records.
        Append = "append",
        /// Bring a project into view.
        View = "view",
        /// Read envelopes.
        Range = "range",
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
