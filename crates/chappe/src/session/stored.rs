use std::fmt;

use chappe_crypto::AuthKey;
use chappe_mtproto::session::FutureSalt;

use crate::data_centres::Address;
use crate::session::SessionError;
use crate::session::encoding::{Input, Output};

/// A login: all that is needed to go on after a restart. Whoever has it is the user.
///
/// ```no_run
/// use chappe::StoredSession;
///
/// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
/// if let Some(session) = client.stored_session().await {
///     println!("user {:?} in data centre {}", session.user_id, session.dc_id);
///     std::fs::write("login.bin", &*session.to_bytes())?; // secret, like a password
/// }
/// let again = StoredSession::from_bytes(&std::fs::read("login.bin")?)?;
/// println!("{}", again.address);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// The data centre that the account lives in.
    pub dc_id: i32,
    /// Its address when the session was saved.
    pub address: Address,
    /// The key shared with it.
    pub auth_key: AuthKey,
    /// The salt to begin with; 0 if unknown.
    pub salt: i64,
    /// Salts known for later.
    pub future_salts: Vec<FutureSalt>,
    /// Server time minus local Unix time in milliseconds, if known.
    pub time_offset_millis: Option<i64>,
    /// Who is logged in.
    pub user_id: Option<i64>,
    /// Whether that is a bot.
    pub is_bot: bool,
}

/// The version of [`StoredSession::to_bytes`].
const VERSION: u8 = 1;
/// More salts than a server ever hands out.
const MAX_SALTS: usize = 128;

impl StoredSession {
    /// A fresh key, nobody logged in.
    ///
    /// ```
    /// use chappe::StoredSession;
    /// use chappe::session::AuthKey;
    ///
    /// # fn example(key: [u8; 256]) -> Result<(), Box<dyn std::error::Error>> {
    /// let stored = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new(key));
    /// assert_eq!(stored.user_id, None);
    /// # Ok(())
    /// # }
    /// # example([7; 256]).unwrap();
    /// ```
    pub fn new(dc_id: i32, address: Address, auth_key: AuthKey) -> Self {
        Self {
            dc_id,
            address,
            auth_key,
            salt: 0,
            future_salts: Vec::new(),
            time_offset_millis: None,
            user_id: None,
            is_bot: false,
        }
    }

    /// The session as bytes. Secret.
    ///
    /// ```
    /// use chappe::{StoredSession, session::AuthKey};
    ///
    /// let login = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new([7; 256]));
    /// assert_eq!(StoredSession::from_bytes(&login.to_bytes())?, login);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let mut out = Output::default();
        out.u8(VERSION);
        out.i32(self.dc_id);
        out.text(self.address.host());
        out.u16(self.address.port());
        out.raw(self.auth_key.as_bytes());
        out.i64(self.salt);
        out.bool(self.time_offset_millis.is_some());
        out.i64(self.time_offset_millis.unwrap_or_default());
        out.bool(self.user_id.is_some());
        out.i64(self.user_id.unwrap_or_default());
        out.bool(self.is_bot);
        let salts = self.future_salts.get(..MAX_SALTS).unwrap_or(&self.future_salts);
        out.u16(u16::try_from(salts.len()).unwrap_or_default());
        for salt in salts {
            out.i32(salt.valid_since);
            out.i32(salt.valid_until);
            out.i64(salt.salt);
        }
        out.finish()
    }

    /// The inverse of [`StoredSession::to_bytes`].
    ///
    /// ```
    /// use chappe::{StoredSession, session::SessionError};
    ///
    /// let cut_off = StoredSession::from_bytes(&[1, 2, 3]);
    /// assert!(matches!(cut_off, Err(SessionError::Damaged { .. })));
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Damaged`] or [`SessionError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SessionError> {
        let mut input = Input::new(bytes);
        match input.u8() {
            Some(VERSION) => {}
            Some(version) if version > VERSION => {
                return Err(SessionError::Version { version: version.into() });
            }
            _ => return Err(SessionError::Damaged { reason: "it has no version" }),
        }
        Self::read(&mut input)
            .ok_or(SessionError::Damaged { reason: "it is cut, too long, or has impossible fields" })
    }

    fn read(input: &mut Input<'_>) -> Option<Self> {
        let dc_id = input.i32()?;
        let host = input.text()?;
        let address = Address::new(host, input.u16()?).ok()?;
        let auth_key = input.auth_key()?;
        let salt = input.i64()?;
        let has_offset = input.bool()?;
        let offset = input.i64()?;
        let has_user = input.bool()?;
        let user_id = input.i64()?;
        let is_bot = input.bool()?;
        let count = usize::from(input.u16()?);
        if count > MAX_SALTS {
            return None;
        }
        let future_salts = (0..count)
            .map(|_| {
                Some(FutureSalt { valid_since: input.i32()?, valid_until: input.i32()?, salt: input.i64()? })
            })
            .collect::<Option<Vec<_>>>()?;
        input.is_empty().then_some(Self {
            dc_id,
            address,
            auth_key,
            salt,
            future_salts,
            time_offset_millis: has_offset.then_some(offset),
            user_id: has_user.then_some(user_id),
            is_bot,
        })
    }
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("dc_id", &self.dc_id)
            .field("address", &self.address)
            .field("auth_key", &self.auth_key)
            .field("user_id", &self.user_id)
            .field("is_bot", &self.is_bot)
            .finish_non_exhaustive()
    }
}
