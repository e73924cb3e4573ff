package io.github.afterimage.serve.grpc;

import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Accepts the connections that a gate admits, and closes others at once. */
final class GatedChannel extends NioServerSocketChannel {
    private final ConnectionGate gate;

    GatedChannel(ConnectionGate gate) {
        this.gate = gate;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws IOException {
        SocketChannel channel = javaChannel().accept();
        if (channel == null) {
            return 0;
        }
        if (!gate.enter(channel)) {
            channel.close();
            return 0;
        }
        NioSocketChannel connection = new NioSocketChannel(this, channel);
        ChannelFuture unused = connection.closeFuture().addListener(closed -> gate.leave(channel));
        accepted.add(connection);
        return 1;
    }
}
