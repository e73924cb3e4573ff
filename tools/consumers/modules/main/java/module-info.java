/** A program that needs the index alone. */
module example {
    requires io.github.afterimage;
}
