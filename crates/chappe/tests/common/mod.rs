//! A server and people who are logged in to it.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod cloud;
pub(crate) mod disk;
pub(crate) mod proxies;
pub(crate) mod scripted;
pub(crate) mod secret;

use std::time::Duration;

use chappe::session::{MemorySession, Session};
use chappe::{Client, ClientBuilder, DataCentres, SignIn, types};
use chappe_server::Server;

pub(crate) async fn server() -> Server {
    Server::builder().test_key().spawn().await.unwrap()
}

pub(crate) fn centres(server: &Server) -> DataCentres {
    DataCentres::single(server.address(), server.dc_id(), server.public_key().clone())
}

pub(crate) fn builder(server: &Server, session: impl Session) -> ClientBuilder {
    Client::builder(1, "hash").data_centres(centres(server)).session(session)
}

/// A number whose code is the fifth digit five times.
pub(crate) fn phone(number: u16) -> String {
    format!("+999662{number:04}")
}

/// Logs in, and signs up if need be.
pub(crate) async fn log_in(client: &Client, number: u16, name: &str) -> types::User {
    let token = client.request_login_code(&phone(number)).await.unwrap();
    match client.sign_in(&token, "22222").await.unwrap() {
        SignIn::Done(user) => *user,
        SignIn::SignUpRequired { .. } => client.sign_up(&token, name, "Test").await.unwrap(),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn person(server: &Server, number: u16, name: &str) -> (Client, types::User) {
    person_with(server, MemorySession::new(), number, name).await
}

pub(crate) async fn person_with(
    server: &Server,
    session: impl Session,
    number: u16,
    name: &str,
) -> (Client, types::User) {
    let client = builder(server, session).connect().await.unwrap();
    let user = log_in(&client, number, name).await;
    (client, user)
}

/// Sets the password of an account that has none.
pub(crate) async fn set_password(client: &Client, password: &str, hint: &str) {
    use chappe::enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as Kdf;
    use chappe::{enums, functions};
    use chappe_crypto::{dh::DhParams, srp::SrpAlgorithm};
    let Kdf(mut kdf) = client.invoke(functions::account::GetPassword {}).await.unwrap().new_algo else {
        panic!("an algorithm that we do not know")
    };
    let mut rng: rand::rngs::StdRng = rand::make_rng();
    let algorithm =
        SrpAlgorithm::for_new_password(&kdf.salt1, &kdf.salt2, DhParams::known(kdf.g).unwrap(), &mut rng);
    kdf.salt1 = algorithm.salt1().to_vec();
    let new_settings = types::account::PasswordInputSettings {
        new_algo: Some(Kdf(kdf)),
        new_password_hash: Some(algorithm.verifier(password.as_bytes()).to_vec()),
        hint: Some(hint.to_owned()),
        email: None,
        new_secure_settings: None,
    };
    let update = functions::account::UpdatePasswordSettings {
        password: enums::InputCheckPasswordSrp::Empty,
        new_settings,
    };
    assert!(client.invoke(update).await.unwrap());
}

/// Fails a test that waits for something that does not come. What comes takes a second, and on a machine that has forty such
/// things to do at once, half a minute.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), future).await.expect("it takes too long")
}
