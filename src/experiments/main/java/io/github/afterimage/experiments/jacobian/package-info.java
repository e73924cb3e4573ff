/** The rate at which probabilities change with the image, the paper's Figure 4. */
@NullMarked
package io.github.afterimage.experiments.jacobian;

import org.jspecify.annotations.NullMarked;
