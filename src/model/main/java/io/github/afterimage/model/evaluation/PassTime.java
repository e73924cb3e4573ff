package io.github.afterimage.model.evaluation;

/**
 * The duration of one pass over examples, or of several.
 *
 * @param networkSeconds seconds for reading examples and running the network
 * @param memorySeconds seconds for the calls to the index
 */
public record PassTime(double networkSeconds, double memorySeconds) {
    /** @param total of the pass until now */
    static PassTime of(Stopwatch total, Stopwatch memory) {
        return new PassTime(total.seconds() - memory.seconds(), memory.seconds());
    }

    PassTime plus(PassTime other) {
        return new PassTime(networkSeconds + other.networkSeconds, memorySeconds + other.memorySeconds);
    }
}
