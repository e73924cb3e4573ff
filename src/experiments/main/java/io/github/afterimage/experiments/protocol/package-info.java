/** The way in which experiments read examples, divide them, make indexes, and keep finished parts. */
@NullMarked
package io.github.afterimage.experiments.protocol;

import org.jspecify.annotations.NullMarked;
