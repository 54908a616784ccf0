//! Everything that a client has to know to log in to a server, for programs in any language.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use chappe::{Address, StoredSession};
use chappe_server::{Account, ReadySession, Server, ServerError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What Pyrogram's texts hold besides the login: any number will do here.
const API_ID: u32 = 4242;

/// A server that is ready, as `chappe serve --print-json` prints it. Secret: session texts and passwords are in it.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Ready {
    /// Where it listens, as `HOST:PORT`.
    pub address: String,
    /// The number of the data centre there.
    pub dc_id: i32,
    /// All data centres.
    pub data_centres: Vec<DataCentre>,
    /// The RSA key that clients have to know, as `RSA PUBLIC KEY` (PKCS#1) in PEM.
    pub public_key: String,
    /// Its name in the auth key exchange, in hexadecimal.
    pub fingerprint: String,
    /// The accounts that are there, by name.
    pub accounts: Vec<ReadyAccount>,
    /// The groups and channels of the world file; none if the world was there before.
    pub groups: Vec<ReadyGroup>,
    /// Where the control interface is, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlFacts>,
}

/// A data centre.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DataCentre {
    /// Its number.
    pub id: i32,
    /// Where it listens, as `HOST:PORT`.
    pub address: String,
    /// An IP address.
    pub host: String,
    /// And the port there.
    pub port: u16,
}

/// An account that a test knows by name.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ReadyAccount {
    /// The name under which the test knows it.
    pub name: String,
    /// Its id in the API.
    pub user_id: i64,
    /// Telephone number, digits only; none for bots.
    pub phone: Option<String>,
    /// The login code, where it does not change: test numbers 99966XYYYY have XXXXX.
    pub code: Option<String>,
    /// The password of two-step verification, if it has one that was set by a world file or over the control interface.
    pub password: Option<String>,
    /// Public name, without the `@`.
    pub username: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether it is a bot.
    pub bot: bool,
    /// The token of a bot.
    pub bot_token: Option<String>,
    /// A login, as texts that client libraries go on with. They are all the same device: use one of them.
    pub sessions: Sessions,
}

/// What kind of group it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupKind {
    /// A channel: only administrators write.
    Channel,
    /// A basic group.
    #[default]
    Group,
    /// A supergroup.
    Supergroup,
}

/// A group or channel that a test knows by name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ReadyGroup {
    /// The name under which the test knows it.
    pub name: String,
    /// What it is.
    pub kind: GroupKind,
    /// Its id in the API: of a chat or of a channel, according to the kind.
    pub chat_id: i64,
    /// Its title.
    pub title: String,
    /// Public name, without the `@`.
    pub username: Option<String>,
}

/// A login as session texts.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Sessions {
    /// For Chappe's own client library and command line.
    pub chappe: String,
    /// For GramJS.
    pub gramjs: Option<String>,
    /// For Telethon.
    pub telethon: Option<String>,
    /// For Pyrogram and its descendants, which connect to the address of a data centre that they know themselves.
    pub pyrogram: Option<String>,
}

/// The control interface.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ControlFacts {
    /// Where it begins, without a slash at the end.
    pub url: String,
    /// What goes into the header `Authorization: Bearer TOKEN`. Secret.
    pub token: String,
    /// The page to watch, good for one visit. Secret.
    pub page: String,
}

macro_rules! redacted {
    ($($name:ident: $shown:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field(stringify!($shown), &self.$shown).finish_non_exhaustive()
            }
        }
    )*};
}

redacted! { Ready: address ReadyAccount: name ControlFacts: url }

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

/// What is known of accounts beyond what a server keeps: passwords, by the name of the account. Secret.
#[derive(Clone, Default)]
pub struct Known {
    pub(crate) passwords: BTreeMap<String, String>,
    pub(crate) groups: Vec<ReadyGroup>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("passwords", &self.passwords.len())
            .field("groups", &self.groups)
            .finish()
    }
}

impl Ready {
    /// What there is to know of a server.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn of(server: &Server, known: &Known) -> Result<Self, ServerError> {
        let address = reachable(server.address());
        let accounts = server.accounts().await?;
        Ok(Self {
            address: address.to_string(),
            dc_id: server.dc_id(),
            data_centres: server.data_centres().iter().map(DataCentre::of).collect(),
            public_key: server.public_key_pem(),
            fingerprint: format!("{:016x}", server.fingerprint()),
            accounts: accounts.iter().map(|account| ReadyAccount::of(account, known)).collect(),
            groups: known.groups.clone(),
            control: None,
        })
    }
}

impl DataCentre {
    fn of(centre: &chappe_server::DataCentre) -> Self {
        let address = reachable(centre.address);
        Self {
            id: centre.id,
            address: address.to_string(),
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl ReadyAccount {
    pub(crate) fn of(account: &Account, known: &Known) -> Self {
        Self {
            name: account.name.clone(),
            user_id: account.user_id,
            phone: account.phone.clone(),
            code: account.fixed_code.clone(),
            password: known.passwords.get(&account.name).cloned(),
            username: account.username.clone(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            bot: account.is_bot,
            bot_token: account.bot_token.clone(),
            sessions: Sessions::of(&account.session),
        }
    }
}

impl Sessions {
    pub(crate) fn of(session: &ReadySession) -> Self {
        let address = Address::from(reachable(session.address));
        let mut stored = StoredSession::new(session.dc_id, address, session.auth_key.clone());
        stored.user_id = Some(session.user_id);
        stored.is_bot = session.is_bot;
        Self {
            chappe: stored.to_text().to_string(),
            gramjs: stored.to_gramjs().map(|text| text.to_string()),
            telethon: stored.to_telethon().map(|text| text.to_string()),
            pyrogram: stored.to_pyrogram(API_ID, false).map(|text| text.to_string()),
        }
    }
}

/// An address to connect to: who listens everywhere is reached on this machine.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
