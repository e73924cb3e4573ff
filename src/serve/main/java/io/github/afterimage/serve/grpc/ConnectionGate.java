package io.github.afterimage.serve.grpc;

import java.nio.channels.SelectableChannel;

/** Says whether another connection may be open. Thread-safe. */
public interface ConnectionGate {
    /** Takes a place, or returns false if there is none. */
    boolean enter(SelectableChannel channel);

    /** Gives back the place of a connection that is closed. */
    void leave(SelectableChannel channel);
}
