/** Images that are blurred or noisy, and the layout of their values. */
@NullMarked
package io.github.afterimage.experiments.images;

import org.jspecify.annotations.NullMarked;
