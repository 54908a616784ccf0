//! The account's password (two-step verification). It never travels: both sides prove by SRP that they know it.
//!
//! Source: <https://core.telegram.org/api/srp>

use std::fmt;

use chappe_api::errors::KnownError;
use chappe_api::{enums, functions, types};
use chappe_crypto::dh::{DhParams, PrimeCache};
use chappe_crypto::srp::{self, SrpAlgorithm};
use zeroize::Zeroizing;

use super::SignIn;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::rt;

/// What is known of the account's password without knowing it.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let password = client.password_info().await?;
/// match (password.is_set, password.hint) {
///     (true, Some(hint)) => println!("there is one, and this may help: {hint}"),
///     (true, None) => println!("there is one"),
///     (false, _) => println!("there is none"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordInfo {
    /// Whether there is one.
    pub is_set: bool,
    /// The hint that the user has set.
    pub hint: Option<String>,
    /// Whether it can be replaced with a code that is sent by mail.
    pub has_recovery: bool,
    /// A mail address that waits for its confirmation, with most of it left out. The change that it belongs to holds only
    /// afterwards.
    pub unconfirmed_email: Option<String>,
}

/// A password to be set. Printing it shows nothing of it.
///
/// ```
/// use chappe::login::NewPassword;
///
/// let password = NewPassword::new("correct horse").hint("an animal").recovery_email("me@example.org");
/// assert_eq!(format!("{password:?}"), "NewPassword { hint: Some(\"an animal\"), .. }");
/// ```
#[derive(Clone)]
#[must_use = "it is not set yet"]
pub struct NewPassword {
    password: Zeroizing<String>,
    hint: Option<String>,
    email: Option<String>,
}

/// How far a change of the password came.
///
/// ```no_run
/// use chappe::login::{NewPassword, PasswordChange};
///
/// # async fn run(client: chappe::Client, code: String) -> Result<(), chappe::Error> {
/// let new = NewPassword::new("correct horse").recovery_email("alice@example.org");
/// if let PasswordChange::EmailUnconfirmed { .. } = client.set_password(None, new).await? {
///     client.confirm_password_email(&code).await?; // what has come by mail
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordChange {
    /// It holds.
    Done,
    /// It holds once the code that was sent to the mail address is given to [`Client::confirm_password_email`].
    EmailUnconfirmed {
        /// How many characters the code has, if the server says so.
        code_length: Option<u32>,
    },
}

impl NewPassword {
    /// This password, without hint and mail address.
    ///
    /// ```no_run
    /// use chappe::login::NewPassword;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.set_password(None, NewPassword::new("correct horse")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(password: impl Into<String>) -> Self {
        Self { password: Zeroizing::new(password.into()), hint: None, email: None }
    }

    /// What everybody sees who is asked for it.
    ///
    /// ```no_run
    /// use chappe::login::NewPassword;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.set_password(None, NewPassword::new("correct horse").hint("a comic strip")).await?;
    /// println!("{:?}", client.password_info().await?.hint); // Some("a comic strip")
    /// # Ok(())
    /// # }
    /// ```
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where a code goes when the password is forgotten.
    ///
    /// ```no_run
    /// use chappe::login::{NewPassword, PasswordChange};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let new = NewPassword::new("correct horse").recovery_email("alice@example.org");
    /// if let PasswordChange::EmailUnconfirmed { code_length } = client.set_password(None, new).await? {
    ///     println!("a code of {code_length:?} characters is on its way to alice@example.org");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn recovery_email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").field("hint", &self.hint).finish_non_exhaustive()
    }
}

impl Client {
    /// Completes a login with the account's password, after [`SignIn::PasswordRequired`]. The password itself does not
    /// travel.
    ///
    /// ```no_run
    /// use chappe::SignIn;
    ///
    /// # async fn run(client: chappe::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
    /// if let SignIn::PasswordRequired { hint, .. } = client.sign_in(&token, "22222").await? {
    ///     println!("your password, please ({})", hint.unwrap_or_default());
    ///     match client.check_password("correct horse").await {
    ///         Ok(me) => println!("hello, {:?}", me.first_name),
    ///         Err(error) if error.is("PASSWORD_HASH_INVALID") => println!("that was another one"),
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses (`PASSWORD_HASH_INVALID`: it is the wrong one), or its parameters are not safe.
    pub async fn check_password(&self, password: &str) -> Result<types::User, Error> {
        let settings = self.invoke(functions::account::GetPassword {}).await?;
        let check = self.password_proof(&settings, password).await?;
        let authorization = self.invoke(functions::auth::CheckPassword { password: check }).await?;
        self.authorized(authorization).await
    }

    /// Whether the account has a password, and what everybody may know of it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// if !client.password_info().await?.is_set {
    ///     println!("a code alone opens this account: set a password");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn password_info(&self) -> Result<PasswordInfo, Error> {
        let settings = self.invoke(functions::account::GetPassword {}).await?;
        Ok(PasswordInfo {
            is_set: settings.has_password,
            hint: settings.hint,
            has_recovery: settings.has_recovery,
            unconfirmed_email: settings.email_unconfirmed_pattern,
        })
    }

    /// Sets the account's password, or changes it; then `current` is the one before.
    ///
    /// ```no_run
    /// use chappe::login::NewPassword;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.set_password(None, NewPassword::new("correct horse")).await?;
    /// client.set_password(Some("correct horse"), NewPassword::new("battery staple").hint("the next two words")).await?;
    /// client.remove_password("battery staple").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses (`PASSWORD_HASH_INVALID`: `current` is wrong or missing), or its parameters are not safe.
    pub async fn set_password(
        &self,
        current: Option<&str>,
        new: NewPassword,
    ) -> Result<PasswordChange, Error> {
        if new.password.is_empty() {
            return Err(Error::new(ErrorKind::Argument, "a password has at least one character"));
        }
        let settings = self.invoke(functions::account::GetPassword {}).await?;
        let new_settings = self.password_settings(&settings, new).await?;
        self.change_password(&settings, current, new_settings).await
    }

    /// Removes the account's password.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.remove_password("correct horse").await?;
    /// assert!(!client.password_info().await?.is_set);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses (`PASSWORD_HASH_INVALID`: it is the wrong one), or its parameters are not safe.
    pub async fn remove_password(&self, current: &str) -> Result<(), Error> {
        let settings = self.invoke(functions::account::GetPassword {}).await?;
        let nothing = types::account::PasswordInputSettings {
            new_algo: Some(enums::PasswordKdfAlgo::Unknown),
            new_password_hash: Some(Vec::new()),
            hint: Some(String::new()),
            email: None,
            new_secure_settings: None,
        };
        self.change_password(&settings, Some(current), nothing).await.map(|_| ())
    }

    /// Confirms the mail address of [`PasswordChange::EmailUnconfirmed`] with the code that was sent to it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, code: String) -> Result<(), chappe::Error> {
    /// match client.confirm_password_email(&code).await {
    ///     Ok(()) => println!("the new password holds"),
    ///     Err(error) if error.is("CODE_INVALID") => println!("that was another code"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CODE_INVALID`, `EMAIL_HASH_EXPIRED` …
    pub async fn confirm_password_email(&self, code: &str) -> Result<(), Error> {
        self.invoke(functions::account::ConfirmPasswordEmail { code: code.to_owned() }).await?;
        Ok(())
    }

    /// Has a code sent to the mail address for recovery, also in the middle of a login. Returns the address with most of it
    /// left out.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// println!("a code goes to {}", client.request_password_recovery().await?); // a***e@example.org
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PASSWORD_RECOVERY_NA` (there is no address), `PASSWORD_EMPTY` (no password) …
    pub async fn request_password_recovery(&self) -> Result<String, Error> {
        Ok(self.invoke(functions::auth::RequestPasswordRecovery {}).await?.email_pattern)
    }

    /// Completes a login, or resets the password, with the code from [`Client::request_password_recovery`]. Without a new one
    /// the account has no password afterwards.
    ///
    /// ```no_run
    /// use chappe::login::NewPassword;
    ///
    /// # async fn run(client: chappe::Client, code: String) -> Result<(), chappe::Error> {
    /// client.request_password_recovery().await?;
    /// let me = client.recover_password(&code, Some(NewPassword::new("battery staple"))).await?;
    /// println!("{} has another password now", me.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses (`CODE_INVALID`, `PASSWORD_RECOVERY_EXPIRED` …), or its parameters are not safe.
    pub async fn recover_password(&self, code: &str, new: Option<NewPassword>) -> Result<types::User, Error> {
        let new_settings = match new {
            None => None,
            Some(new) => {
                let settings = self.invoke(functions::account::GetPassword {}).await?;
                Some(Box::new(self.password_settings(&settings, new).await?))
            }
        };
        let request = functions::auth::RecoverPassword { code: code.to_owned(), new_settings };
        let authorization = self.invoke(request).await?;
        self.authorized(authorization).await
    }

    pub(super) async fn password_required(&self) -> Result<SignIn, Error> {
        let password = self.invoke(functions::account::GetPassword {}).await?;
        Ok(SignIn::PasswordRequired { hint: password.hint })
    }

    async fn change_password(
        &self,
        settings: &types::account::Password,
        current: Option<&str>,
        new_settings: types::account::PasswordInputSettings,
    ) -> Result<PasswordChange, Error> {
        let password = match current {
            Some(current) => self.password_proof(settings, current).await?,
            None => enums::InputCheckPasswordSrp::Empty,
        };
        let request = functions::account::UpdatePasswordSettings { password, new_settings };
        match self.invoke(request).await {
            Ok(_) => Ok(PasswordChange::Done),
            Err(error) => match error.known() {
                Some(KnownError::EmailUnconfirmedN(length)) => {
                    Ok(PasswordChange::EmailUnconfirmed { code_length: u32::try_from(length).ok() })
                }
                Some(KnownError::EmailUnconfirmed) => {
                    Ok(PasswordChange::EmailUnconfirmed { code_length: None })
                }
                _ => Err(error.into()),
            },
        }
    }

    /// What makes the server accept this password from now on.
    async fn password_settings(
        &self,
        settings: &types::account::Password,
        new: NewPassword,
    ) -> Result<types::account::PasswordInputSettings, Error> {
        let mut algo = known_algorithm(&settings.new_algo)?;
        let mut rng = self.inner.config.randomness.generator()?;
        let NewPassword { password, hint, email } = new;
        let (g, p, salts) = (algo.g, algo.p.clone(), (algo.salt1.clone(), algo.salt2.clone()));
        let made = rt::spawn_blocking(move || {
            let params = DhParams::check(g, &p, &mut PrimeCache::new(), &mut rng)?;
            let algorithm = SrpAlgorithm::for_new_password(&salts.0, &salts.1, params, &mut rng);
            let verifier = algorithm.verifier(password.as_bytes());
            Ok::<_, chappe_crypto::Error>((algorithm.salt1().to_vec(), verifier))
        });
        let (salt1, verifier) = made.await.map_err(|_| interrupted())?.map_err(unsafe_parameters)?;
        algo.salt1 = salt1;
        Ok(types::account::PasswordInputSettings {
            new_algo: Some(algo.into()),
            new_password_hash: Some(verifier.to_vec()),
            hint: Some(hint.unwrap_or_default()),
            email,
            new_secure_settings: None,
        })
    }

    /// The proof that we know the password.
    async fn password_proof(
        &self,
        settings: &types::account::Password,
        password: &str,
    ) -> Result<enums::InputCheckPasswordSrp, Error> {
        let (Some(algo), Some(srp_b), Some(srp_id)) =
            (&settings.current_algo, settings.srp_b.clone(), settings.srp_id)
        else {
            return Ok(enums::InputCheckPasswordSrp::Empty);
        };
        let algo = known_algorithm(algo)?;
        let mut rng = self.inner.config.randomness.generator()?;
        let password = Zeroizing::new(password.as_bytes().to_vec());
        // The slow hash and the modulus check take a good part of a second: not on a thread of the runtime.
        let answer = rt::spawn_blocking(move || {
            let params = DhParams::check(algo.g, &algo.p, &mut PrimeCache::new(), &mut rng)?;
            let algorithm = SrpAlgorithm::new(&algo.salt1, &algo.salt2, params);
            srp::compute(&password, &algorithm, &srp_b, &mut rng)
        })
        .await
        .map_err(|_| interrupted())?
        .map_err(unsafe_parameters)?;
        Ok(types::InputCheckPasswordSrp { srp_id, a: answer.a.to_vec(), m1: answer.m1.to_vec() }.into())
    }
}

type Algorithm = types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow;

fn known_algorithm(algo: &enums::PasswordKdfAlgo) -> Result<Algorithm, Error> {
    match algo {
        enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(algo) => {
            Ok(Algorithm::clone(algo))
        }
        enums::PasswordKdfAlgo::Unknown => Err(Error::new(
            ErrorKind::Protocol,
            "the password is protected by a method this version does not know: update the library",
        )),
    }
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Closed, "the computation was interrupted")
}

fn unsafe_parameters(error: chappe_crypto::Error) -> Error {
    Error::with_source(ErrorKind::Protocol, "the server's parameters for the password are not safe", error)
}
