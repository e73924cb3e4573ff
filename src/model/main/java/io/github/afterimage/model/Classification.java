package io.github.afterimage.model;

/**
 * What a {@link CacheModel} says of one image.
 *
 * @param label the class of the greatest probability of the mixture
 * @param name its name
 * @param probability of the mixture, equation (3) of the paper
 * @param network of that class according to the network alone; NaN where the network's classes are others
 * @param cache of that class according to the cache alone
 */
public record Classification(int label, String name, double probability, double network, double cache) {}
