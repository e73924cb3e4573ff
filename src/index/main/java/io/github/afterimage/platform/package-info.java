/** Manages native libraries, native memory and its lifetime, and files that are written completely or not at all. */
@NullMarked
package io.github.afterimage.platform;

import org.jspecify.annotations.NullMarked;
