/** The commands that ask an index: {@code evaluate} and {@code predict}. */
@NullMarked
package io.github.afterimage.cli.answers;

import org.jspecify.annotations.NullMarked;
