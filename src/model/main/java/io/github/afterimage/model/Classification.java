package io.github.afterimage.model;

/**
 * The answer of a {@link CacheModel} for one image.
 *
 * @param label the most probable class of the mixture
 * @param name the name of this class
 * @param probability its probability in the mixture, equation (3) of the paper
 * @param network its probability according to the network alone; NaN if the network has other classes than the index
 * @param cache its probability according to the cache alone
 */
public record Classification(int label, String name, double probability, double network, double cache) {}
