package io.github.afterimage;

/**
 * An implementation of the operator, one of {@link Engines}: all of them give the same answer within float32 rounding.
 *
 * <pre>{@code
 * for (Engine engine : Engines.available()) {
 *     System.out.println(engine.name() + ": " + engine.description());
 * }
 * }</pre>
 */
public interface Engine {
    /** The name for {@link Engines#named}. */
    String name();

    /** Describes the libraries and instructions that this engine uses on this machine, in a few words. */
    String description();
}
