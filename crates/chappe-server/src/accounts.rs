//! Accounts that are there when a test begins, logged in without a code.

use std::fmt;
use std::net::SocketAddr;

use chappe_crypto::AuthKey;
use rand::RngExt;

use crate::error::ServerError;
use crate::keys::lock;
use crate::limits::{ACCOUNT_NAME_LEN, BOT_SECRET_LEN};
use crate::model::{email, phone, username};
use crate::server::Server;
use crate::store::{AuthKeyRow, BotLogin, ContactRow, NameOwner, ReadyAccount, StoreError, UserRow};

/// Test numbers given to accounts of which nobody said the number: `99966XYYYY` with X from 6 to 9.
const OWN_NUMBERS: std::ops::Range<u32> = 60_000..100_000;
/// First id of a bot made here: what real ones look like.
const FIRST_BOT: i64 = 7_000_000_000;

/// What an account is to be like. Every field has a default.
#[derive(Clone, Default)]
pub struct NewAccount {
    /// Telephone number. Default: the next free test number `99966XYYYY` whose X is 6 or higher.
    pub phone: Option<String>,
    /// Default: the name under which the test knows it, with a capital letter.
    pub first_name: Option<String>,
    /// Default: empty.
    pub last_name: String,
    /// Public name, without the `@`. Default: none, and for a bot `id…_bot`.
    pub username: Option<String>,
    /// A bot instead of a person; it has a token and no number.
    pub bot: bool,
    /// Has a bot get all messages of its groups. Default: no, as on Telegram. Only those for it, see
    /// [`Server::set_hears_groups`].
    pub hears_groups: bool,
    /// The data centre that it is at home in, if there are several. Default: what the number says, else
    /// [`Server::dc_id`].
    pub dc_id: Option<i32>,
    /// The token of a bot, as `NUMBER:SECRET`. Default: drawn. Secret.
    pub bot_token: Option<String>,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("phone", &self.phone.as_deref().map(phone::redacted))
            .field("first_name", &self.first_name)
            .field("username", &self.username)
            .field("bot", &self.bot)
            .finish_non_exhaustive()
    }
}

/// An account, with a device that is logged in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Account {
    /// The name under which the test knows it.
    pub name: String,
    /// Its id.
    pub user_id: i64,
    /// Telephone number, digits only; none for bots.
    pub phone: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Public name, without the `@`.
    pub username: Option<String>,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// The code with which the number logs in, where it does not change: test numbers `99966XYYYY` have XXXXX.
    pub fixed_code: Option<String>,
    /// The token of a bot. Secret.
    pub bot_token: Option<String>,
    /// The device that is logged in.
    pub session: ReadySession,
}

/// A login that a client can go on with: what the session texts of all libraries are made of.
///
/// ```
/// # async fn example(server: &chappe_server::Server) -> Result<(), Box<dyn std::error::Error>> {
/// let alice = server.user("alice").await?;
/// let session = &alice.session;
/// // With the client library of this project:
/// // StoredSession::new(session.dc_id, Address::new(session.address.ip().to_string(), session.address.port())?,
/// //     session.auth_key.clone())
/// assert_eq!(session.auth_key.as_bytes().len(), 256);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ReadySession {
    /// The number of the data centre that knows the key.
    pub dc_id: i32,
    /// Where that listens.
    pub address: SocketAddr,
    /// The permanent key. Secret.
    pub auth_key: AuthKey,
    /// The account that is logged in on it.
    pub user_id: i64,
    /// Whether that is a bot.
    pub is_bot: bool,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("user_id", &self.user_id)
            .field("phone", &self.phone.as_deref().map(phone::redacted))
            .field("is_bot", &self.is_bot)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReadySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadySession")
            .field("dc_id", &self.dc_id)
            .field("address", &self.address)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// The account that this test calls `name`, made at the first use: with a test number, a name and a device that is
    /// logged in.
    ///
    /// ```
    /// # async fn example(server: &chappe_server::Server) -> Result<(), chappe_server::ServerError> {
    /// let alice = server.user("alice").await?;
    /// assert_eq!(alice.first_name, "Alice");
    /// assert_eq!(server.user("alice").await?.user_id, alice.user_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Account`] if the name is empty or too long, [`ServerError::Storage`].
    pub async fn user(&self, name: &str) -> Result<Account, ServerError> {
        self.account(name, NewAccount::default()).await
    }

    /// The bot that this test calls `name`, made at the first use, with a token and a device that is logged in.
    ///
    /// # Errors
    /// As for [`Server::user`].
    pub async fn bot(&self, name: &str) -> Result<Account, ServerError> {
        self.account(name, NewAccount { bot: true, ..NewAccount::default() }).await
    }

    /// The account that this test calls `name`. If there is none, it is made as `new` says; if the number has an
    /// account already, that one gets the name.
    ///
    /// # Errors
    /// [`ServerError::Account`] if a name or the number cannot be one, [`ServerError::Storage`].
    pub async fn account(&self, name: &str, new: NewAccount) -> Result<Account, ServerError> {
        let _one_at_a_time = self.world.making_accounts.lock().await;
        if let Some(account) = self.world.store.ready_account(name).await? {
            return self.read_account(account).await;
        }
        let refuse = |reason| ServerError::Account { name: name.chars().take(80).collect(), reason };
        if !(1..=ACCOUNT_NAME_LEN).contains(&name.chars().count()) {
            return Err(refuse("a name has 1 to 64 characters"));
        }
        let first_name = new.first_name.clone().unwrap_or_else(|| capitalised(name));
        if first_name.trim().is_empty()
            || [&first_name, &new.last_name].iter().any(|name| name.chars().count() > 64)
        {
            return Err(refuse("a first name has 1 to 64 characters, a last name at most 64"));
        }
        let centres = &self.world.centres;
        if new.dc_id.is_some_and(|id| centres.get(id).is_none()) {
            return Err(refuse("there is no such data centre"));
        }
        let home = |of_number: Option<i32>| centres.home(new.dc_id.or(of_number).unwrap_or(self.world.dc_id));
        if new.username.as_deref().is_some_and(|name| !username::is_valid(name)) {
            return Err(refuse(
                "a username has 5 to 32 letters, digits and single underscores, a letter first",
            ));
        }
        let (mut user, bot_token) = if new.bot {
            let made = match &new.bot_token {
                Some(token) => self.bot_by_token(token, home(None)).await?,
                None => Some(self.make_bot(home(None)).await?),
            };
            made.ok_or_else(|| refuse("its token is not NUMBER:SECRET, or that number is taken"))?
        } else {
            let number = match &new.phone {
                Some(phone) => {
                    phone::normalise(phone).ok_or_else(|| refuse("its phone number has 7 to 15 digits"))?
                }
                None => self.free_number().await?.ok_or_else(|| refuse("no test number is left for it"))?,
            };
            let now = self.world.clock.now().unix_secs();
            let names = (first_name.trim(), new.last_name.trim());
            let home = home(centres.of_number(&number));
            let user = self.world.store.create_user(&number, names, home, now).await?;
            (user, String::new())
        };
        if new.bot {
            // A bot is named by its test, not by its number.
            user.first_name = first_name.trim().to_owned();
            self.world
                .store
                .set_profile(user.id, (&user.first_name, new.last_name.trim()), &user.about)
                .await?;
        }
        if new.bot && new.hears_groups {
            self.world.store.set_hears_groups(user.id, true).await?;
        }
        if let Some(name) = new.username {
            if !self.world.store.set_username(NameOwner::User(user.id), &name).await? {
                return Err(refuse("its username is taken"));
            }
            user.username = Some(name);
        }
        let session = self.log_in(&user).await?;
        let account = ReadyAccount {
            name: name.to_owned(),
            user_id: user.id,
            auth_key_id: session.auth_key.id().0,
            bot_token,
        };
        self.world.store.put_ready_account(&account).await?;
        Ok(self.assemble(account, user, session))
    }

    /// Another device of an account, logged in: clients must not share one.
    ///
    /// # Errors
    /// [`ServerError::Account`] if it was deleted, [`ServerError::Storage`].
    pub async fn new_session(&self, account: &Account) -> Result<ReadySession, ServerError> {
        let gone = || ServerError::Account { name: account.name.clone(), reason: "it was deleted" };
        let user = self.world.store.user(account.user_id).await?.filter(|user| !user.deleted);
        self.log_in(&user.ok_or_else(gone)?).await
    }

    /// All accounts made by name, in the order of their names.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn accounts(&self) -> Result<Vec<Account>, ServerError> {
        let mut accounts = Vec::new();
        for account in self.world.store.ready_accounts().await? {
            accounts.push(self.read_account(account).await?);
        }
        Ok(accounts)
    }

    /// Puts `contact` into the contact list of `owner`, with the name and number that it has.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn add_contact(&self, owner: &Account, contact: &Account) -> Result<(), ServerError> {
        let row = ContactRow {
            contact_id: contact.user_id,
            phone: contact.phone.clone().unwrap_or_default(),
            first_name: contact.first_name.clone(),
            last_name: contact.last_name.clone(),
        };
        Ok(self.world.store.put_contact(owner.user_id, &row).await?)
    }

    /// Sets the mail address to which the login codes of an account go, without asking anybody; `None` has them go to the
    /// number.
    ///
    /// ```
    /// # async fn example(server: &chappe_server::Server) -> Result<(), chappe_server::ServerError> {
    /// let alice = server.user("alice").await?;
    /// server.set_login_email(&alice, Some("alice@example.org")).await?;
    /// // After auth.sendCode: server.email_code("alice@example.org")
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Account`] if it cannot be one or the account is a bot, [`ServerError::Storage`].
    pub async fn set_login_email(&self, account: &Account, address: Option<&str>) -> Result<(), ServerError> {
        let refuse = |reason| ServerError::Account { name: account.name.clone(), reason };
        if account.is_bot {
            return Err(refuse("bots log in by a token"));
        }
        let known =
            address.map(|address| email::normalise(address).ok_or_else(|| refuse("that is no mail address")));
        Ok(self.world.store.set_login_email(account.user_id, known.transpose()?.as_deref()).await?)
    }

    /// Whether a bot gets all messages of its groups. By default it does not, as on Telegram ("privacy mode"): only commands to it,
    /// messages that name it, answers to these and to its own, and what the server tells of the group. Where a bot is an
    /// administrator, it gets everything anyway.
    ///
    /// ```
    /// # async fn example(server: &chappe_server::Server) -> Result<(), chappe_server::ServerError> {
    /// let bot = server.bot("logger").await?;
    /// server.set_hears_groups(&bot, true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Account`] if it is no bot, [`ServerError::Storage`].
    pub async fn set_hears_groups(&self, bot: &Account, all: bool) -> Result<(), ServerError> {
        if !bot.is_bot {
            return Err(ServerError::Account {
                name: bot.name.clone(),
                reason: "people hear their groups anyway",
            });
        }
        Ok(self.world.store.set_hears_groups(bot.user_id, all).await?)
    }

    async fn make_bot(&self, home: i32) -> Result<(UserRow, String), ServerError> {
        let now = self.world.clock.now().unix_secs();
        for id in FIRST_BOT.. {
            if self.world.store.user(id).await?.is_some() {
                continue;
            }
            let secret: String = self.world.rng.with(|rng| {
                (0..BOT_SECRET_LEN).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
            });
            let hash = self.world.access.token_hash(id, &secret);
            if let BotLogin::Bot(user) = self.world.store.log_in_bot(id, &hash, home, now).await? {
                return Ok((user, format!("{id}:{secret}")));
            }
        }
        Err(ServerError::Storage { reason: "there is no id left for a bot".into() })
    }

    async fn bot_by_token(&self, token: &str, home: i32) -> Result<Option<(UserRow, String)>, ServerError> {
        let Some((id, secret)) = token.split_once(':') else { return Ok(None) };
        let Some(id) = id.parse().ok().filter(|id| *id > 0) else { return Ok(None) };
        let hash = self.world.access.token_hash(id, secret);
        let login = self.world.store.log_in_bot(id, &hash, home, self.world.clock.now().unix_secs()).await?;
        Ok(match login {
            BotLogin::Bot(user) => Some((user, token.to_owned())),
            BotLogin::WrongSecret => None,
        })
    }

    async fn free_number(&self) -> Result<Option<String>, ServerError> {
        let first = self.world.store.ready_accounts().await?.len();
        let skipped = OWN_NUMBERS.skip(first).chain(OWN_NUMBERS.take(first));
        for number in skipped.map(|number| format!("99966{number:05}")) {
            if self.world.store.user_by_phone(&number).await?.is_none() {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    async fn log_in(&self, user: &UserRow) -> Result<ReadySession, ServerError> {
        let world = &self.world;
        let now = world.clock.now().unix_secs();
        loop {
            let mut bytes: [u8; 256] = world.rng.bytes();
            // Some libraries lose leading zeros of a key.
            if bytes.first() == Some(&0) {
                continue;
            }
            let auth_key = AuthKey::new(bytes);
            zeroize::Zeroize::zeroize(&mut bytes);
            let row = AuthKeyRow {
                id: auth_key.id().0,
                key_bytes: auth_key.as_bytes().to_vec(),
                is_temp: false,
                expires_at: 0,
                bound_to: 0,
                created_at: now,
                dc_id: 0,
                first_salt: world.rng.with(|rng| rng.random()),
                layer: 0,
                home: user.home,
            };
            if world.store.insert_auth_key(&row).await? {
                world.store.log_in(row.id, user.id, now).await?;
                return Ok(self.session_of(auth_key, user));
            }
        }
    }

    fn session_of(&self, auth_key: AuthKey, user: &UserRow) -> ReadySession {
        let home = i32::try_from(user.home).ok().and_then(|home| self.world.centres.get(home));
        let (dc_id, address) = home.map_or((self.dc_id(), self.address()), |home| (home.id, home.address));
        ReadySession { dc_id, address, auth_key, user_id: user.id, is_bot: user.is_bot }
    }

    async fn read_account(&self, account: ReadyAccount) -> Result<Account, ServerError> {
        let gone = || ServerError::Account { name: account.name.clone(), reason: "it was deleted" };
        let user =
            self.world.store.user(account.user_id).await?.filter(|user| !user.deleted).ok_or_else(gone)?;
        let key = self.world.store.auth_key(account.auth_key_id).await?;
        let logged_in = self.world.store.authorization(account.auth_key_id).await?;
        let key = key.filter(|_| logged_in.is_some_and(|device| device.user_id == user.id));
        let session = match key.map(|row| AuthKey::from_slice(&row.key_bytes)) {
            Some(Ok(auth_key)) => self.session_of(auth_key, &user),
            // Its device was logged out: it gets another.
            _ => {
                let session = self.log_in(&user).await?;
                let auth_key_id = session.auth_key.id().0;
                self.world.store.put_ready_account(&ReadyAccount { auth_key_id, ..account.clone() }).await?;
                session
            }
        };
        Ok(self.assemble(account, user, session))
    }

    fn assemble(&self, account: ReadyAccount, user: UserRow, session: ReadySession) -> Account {
        let digit = user.phone.as_deref().and_then(phone::test_digit);
        Account {
            name: account.name,
            user_id: user.id,
            fixed_code: digit.map(|digit| digit.to_string().repeat(5)),
            phone: user.phone,
            first_name: user.first_name,
            last_name: user.last_name,
            username: user.username,
            is_bot: user.is_bot,
            bot_token: Some(account.bot_token).filter(|token| !token.is_empty()),
            session,
        }
    }

    /// The codes that are waiting to be typed, by number.
    pub fn login_codes(&self) -> std::collections::BTreeMap<String, String> {
        let now = self.world.clock.now().unix_secs();
        let codes = lock(&self.world.codes);
        let good = codes.iter().filter(|(_, (_, expires_at))| *expires_at > now);
        good.map(|(number, (code, _))| (number.clone(), code.clone())).collect()
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

impl From<StoreError> for ServerError {
    fn from(error: StoreError) -> Self {
        Self::Storage { reason: error.to_string() }
    }
}
