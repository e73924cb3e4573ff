package io.github.afterimage.model.evaluation;

/**
 * The duration of one pass over examples, or of several.
 *
 * @param networkSeconds seconds for reading examples and running the network
 * @param cacheSeconds seconds for the calls to the index
 */
public record PassTime(double networkSeconds, double cacheSeconds) {
    PassTime plus(PassTime other) {
        return new PassTime(networkSeconds + other.networkSeconds, cacheSeconds + other.cacheSeconds);
    }
}
