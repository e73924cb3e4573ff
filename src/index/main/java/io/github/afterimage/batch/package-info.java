/**
 * Batches requests of many callers: a bounded queue, and a thread that answers batches of their rows. Knows neither indexes nor
 * networks.
 */
@NullMarked
package io.github.afterimage.batch;

import org.jspecify.annotations.NullMarked;
