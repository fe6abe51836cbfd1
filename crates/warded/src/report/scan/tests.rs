mod independent;
mod programs;
mod text;
