# SPDX-License-Identifier: BSL-1.0
"""The workloads in PyTorch: eager, which writes where it can to memory that is there, and compiled by torch.compile."""
import torch
import torch.nn.functional as F

from workloads import BETA1, BETA2, CHAIN, CLASSES, EPSILON, HIDDEN, INPUTS, LAYER_NORM_EPSILON, RATE, Variant, moved

torch.set_num_threads(1)
torch.set_num_interop_threads(1)
name = f"PyTorch {torch.__version__.split('+')[0]}"
compiled_name = name + ", compiled"


def facts():
    return f"{torch.backends.cpu.get_cpu_capability()}, MKL, oneDNN; compiled: by Inductor"


def tensors(*operands):
    return [torch.from_numpy(x) for x in operands]


def compiled(function):
    torch.compiler.reset()
    return torch.compile(function, dynamic=False, fullgraph=True)


def without_gradient(eager, function, operands, y):
    """eager() writes y; function(*operands) is what the compiler is given, which puts its result to y as well."""

    def into(y, *operands):
        y.copy_(function(*operands))

    into, z = compiled(into), torch.empty_like(y)

    @torch.inference_mode()
    def call():
        eager()

    @torch.no_grad()
    def compiled_call():
        into(z, *operands)

    return [Variant(name, call, lambda: [y]), Variant(compiled_name, compiled_call, lambda: [z])]


def line(n, *operands):
    a, x, b = operands = tensors(*operands)
    y = torch.empty_like(x)
    return without_gradient(
        lambda: torch.addcmul(b, a, x, out=y).relu_(), lambda a, x, b: torch.relu(a * x + b), operands, y
    )


def chain(n, *operands):
    a, b, c, d = CHAIN
    [x] = operands = tensors(*operands)
    y, t = torch.empty_like(x), torch.empty_like(x)

    def eager():
        torch.mul(x, x, out=t).neg_().exp_()
        torch.mul(x, a, out=y).add_(b).sigmoid_().mul_(c).add_(t).tanh_().mul_(d).sub_(x).relu_()

    def function(x):
        return torch.relu(torch.tanh(torch.sigmoid(x * a + b) * c + torch.exp(-x * x)) * d - x)

    return without_gradient(eager, function, operands, y)


def attention(batch, heads, queries, keys, depth, causal, *operands):
    q, k, v = operands = tensors(*operands)
    result = None

    @torch.inference_mode()
    def call():
        nonlocal result
        result = F.scaled_dot_product_attention(q, k, v, is_causal=causal)

    return [Variant(name, call, lambda: [result])]


def softmax(rows, columns, *operands):
    [x] = operands = tensors(*operands)
    y = torch.empty_like(x)
    return without_gradient(
        lambda: torch.softmax(x, 1, out=y), lambda x: torch.softmax(x, 1), operands, y
    )


def layer_norm(rows, columns, *operands):
    x, gamma, beta = operands = tensors(*operands)
    y = torch.empty_like(x)

    def function(x, gamma, beta):
        return F.layer_norm(x, (columns,), gamma, beta, LAYER_NORM_EPSILON)

    def eager():
        nonlocal y
        y = function(x, gamma, beta)

    [variant, by_compiler] = without_gradient(eager, function, operands, y)
    variant.result = lambda: [y]
    return [variant, by_compiler]


def cross_entropy(rows, columns, z, labels):
    z, labels = tensors(z, labels.astype("int64"))
    z.requires_grad_()

    def variant(name, loss_of):
        result = None

        def call():
            nonlocal result
            loss = loss_of(z, labels)
            result = [loss.detach(), *torch.autograd.grad(loss, z)]

        return Variant(name, call, lambda: result)

    return [variant(name, F.cross_entropy), variant(compiled_name, compiled(F.cross_entropy))]


def product(m, n, k, *operands):
    a, b = tensors(*operands)
    y = torch.empty(m, n)

    @torch.inference_mode()
    def call():
        torch.mm(a, b, out=y)

    return [Variant(name, call, lambda: [y])]  # the compiler calls the same function


def mlp(batch, optimizer, x, labels, *start):
    x, labels = tensors(x, labels.astype("int64"))
    return [mlp_of_modules(optimizer, x, labels, start), mlp_compiled(optimizer, x, labels, start)]


def mlp_of_modules(optimizer, x, labels, start):
    model = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES))
    with torch.no_grad():
        for p, s in zip(model.parameters(), start):
            p.copy_(torch.from_numpy(s.T))
    if optimizer == "SGD":
        update = torch.optim.SGD(model.parameters(), lr=RATE, fused=True)
    else:
        update = torch.optim.Adam(model.parameters(), lr=RATE, betas=(BETA1, BETA2), eps=EPSILON, fused=True)
    loss = None

    def call():
        nonlocal loss
        update.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        update.step()

    def result():
        return moved(loss.item(), start, [p.detach().numpy().T for p in model.parameters()])

    return Variant(name, call, result)


def mlp_compiled(optimizer, x, labels, start):
    """The whole step is one graph: half the time of a compiled loss with backward() and a fused optimizer after it."""
    parameters = [torch.from_numpy(s.T).clone(memory_format=torch.contiguous_format) for s in start]
    moments = [torch.zeros_like(p) for p in parameters]
    squares = [torch.zeros_like(p) for p in parameters]
    steps = torch.zeros(())
    loss = None

    def loss_of(parameters, x, labels):
        w1, b1, w2, b2 = parameters
        return F.cross_entropy(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2), labels)

    def sgd(parameters, x, labels):
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters, x, labels)
        for p, g in zip(parameters, gradients):
            p.sub_(g, alpha=RATE)
        return loss

    def adam(parameters, moments, squares, steps, x, labels):
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters, x, labels)
        steps.add_(1)
        first, second = 1 - BETA1**steps, torch.sqrt(1 - BETA2**steps)
        for p, g, m, v in zip(parameters, gradients, moments, squares):
            m.mul_(BETA1).add_(g, alpha=1 - BETA1)
            v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.sub_(RATE / first * m / (v.sqrt() / second + EPSILON))
        return loss

    if optimizer == "SGD":
        step, arguments = compiled(sgd), [parameters, x, labels]
    else:
        step, arguments = compiled(adam), [parameters, moments, squares, steps, x, labels]

    @torch.no_grad()
    def call():
        nonlocal loss
        loss = step(*arguments)

    return Variant(compiled_name, call, lambda: moved(loss.item(), start, [p.numpy().T for p in parameters]))


def expected(workload, operands):
    how = {"epsilon_after_correction": True} if workload.kind == "mlp" else {}
    return workload.expected(operands, **how)
