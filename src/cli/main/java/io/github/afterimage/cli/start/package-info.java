/** The first commands of a newcomer: {@code demo} and {@code try}. */
@NullMarked
package io.github.afterimage.cli.start;

import org.jspecify.annotations.NullMarked;
