/** The native libraries of {@code io.github.afterimage} for this system. */
@SuppressWarnings("module") // the name ends in a digit
module io.github.afterimage.linux.x86_64 {}
