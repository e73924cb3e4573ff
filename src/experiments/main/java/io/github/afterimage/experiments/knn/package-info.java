/** Classification by the nearest keys, by which features are compared. */
@NullMarked
package io.github.afterimage.experiments.knn;

import org.jspecify.annotations.NullMarked;
