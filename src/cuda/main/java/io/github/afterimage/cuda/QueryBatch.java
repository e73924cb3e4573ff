package io.github.afterimage.cuda;

import org.bytedeco.javacpp.FloatPointer;

/**
 * Queries in host memory.
 *
 * @param rows {@code (batch, dim)} float32 row-major, unit norm
 * @param references {@code (batch)} the reference of each query
 */
public record QueryBatch(FloatPointer rows, FloatPointer references, int batch, int dim) {}
