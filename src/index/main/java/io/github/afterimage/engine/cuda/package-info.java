/**
 * The operator on an NVIDIA GPU: what {@link io.github.afterimage.engine.Engines} offers as {@code cuda}.
 *
 * <p>Keys lie on the device as long as they fit ({@link io.github.afterimage.engine.cuda.DeviceBudget}), and are streamed
 * through two buffers where they don't. A pass takes them in tiles: cuBLAS multiplies, and a kernel of {@code native/cuda}
 * adds up exponentials by class while the tile's scores are in the L2 cache; or one kernel does both for 16-bit keys
 * ({@link io.github.afterimage.engine.cuda.ClassSumsMethod}). Which rows of a tile are of which class is worked out here
 * ({@link io.github.afterimage.engine.cuda.ClassOrder}, {@link io.github.afterimage.engine.cuda.Slots}), so removed keys and
 * keys in any order cost no second kernel.
 *
 * <p>Queries are rounded to the keys' type, but for float32 keys and for gradients, which are float32 throughout.
 *
 * <p>Rows of an index that reduces them by a product, keys and queries, are multiplied on the device too ({@link
 * io.github.afterimage.engine.cuda.ProjectionPass}): a Gaussian matrix is made there from its seed, the processor's but for the
 * last bit of a float; others are copied. The processor reduces where the device has no room for the matrix, where it
 * is done sooner, and for {@code hadamard}, whose few operations are little beside a copy to the device. Gradients are taken
 * back through the matrix by the processor.
 *
 * <p>Settings are system properties: {@code afterimage.cuda.memoryLimit} (bytes, with k, m or g; 90 % of what is free),
 * {@code afterimage.cuda.keyLimit} (how much of it keys may take; 0 streams all),
 * {@code afterimage.cuda.tf32} (false), {@code afterimage.cuda.path} (auto, gemm, fused),
 * {@code afterimage.cuda.reduce} (auto, device, processor), {@code afterimage.cuda.device} (0),
 * {@code afterimage.cuda.libraries} (folders with CUDA's libraries, besides the usual ones).
 */
@NullMarked
package io.github.afterimage.engine.cuda;

import org.jspecify.annotations.NullMarked;
