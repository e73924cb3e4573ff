/** The commands that make, change, tune, convert and describe an index. */
@NullMarked
package io.github.afterimage.cli.index;

import org.jspecify.annotations.NullMarked;
