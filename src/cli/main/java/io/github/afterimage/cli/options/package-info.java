/** Groups of options of the commands that are no experiments, as picocli mixins. */
@NullMarked
package io.github.afterimage.cli.options;

import org.jspecify.annotations.NullMarked;
