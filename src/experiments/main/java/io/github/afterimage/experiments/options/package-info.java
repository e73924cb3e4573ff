/** Groups of options that several commands share, as picocli mixins. */
@NullMarked
package io.github.afterimage.experiments.options;

import org.jspecify.annotations.NullMarked;
