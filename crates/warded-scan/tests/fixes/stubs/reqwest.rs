//! As much of reqwest as the examples use, with its own signatures.

pub type Result<T> = std::result::Result<T, Error>;
pub struct Error;
pub struct Response;
pub struct Client;
pub struct RequestBuilder;

pub trait IntoUrl {}
impl IntoUrl for &str {}
impl IntoUrl for &String {}
impl IntoUrl for String {}

pub trait Serialize {}
impl Serialize for str {}
impl Serialize for String {}
impl<T: Serialize + ?Sized> Serialize for &T {}
impl<A: Serialize, B: Serialize> Serialize for (A, B) {}
impl<T: Serialize, const N: usize> Serialize for [T; N] {}
impl<T: Serialize> Serialize for Vec<T> {}

impl Client {
    pub fn get<U: IntoUrl>(&self, _: U) -> RequestBuilder {
        RequestBuilder
    }
    pub fn post<U: IntoUrl>(&self, _: U) -> RequestBuilder {
        RequestBuilder
    }
}

impl RequestBuilder {
    pub fn form<T: Serialize + ?Sized>(self, _: &T) -> Self {
        self
    }
    pub fn query<T: Serialize + ?Sized>(self, _: &T) -> Self {
        self
    }
    pub fn bearer_auth<T: std::fmt::Display>(self, _: T) -> Self {
        self
    }
    pub async fn send(self) -> Result<Response> {
        Ok(Response)
    }
}
