"""Made-up journal text: 300 lines with a secret planted in each, and 4,000 without any. Nothing in here is a real key.

Secrets are random text in the shapes that services give out, in the places where people leave them: shell lines,
config files, tracebacks, JSON in transcripts, URLs. Benign lines are what a journal is full of, and what fools
scanners: SHAs, UUIDs, token counts, hyperparameters, versions, paths, metrics.
"""

import json
import random
import re
import string
from collections.abc import Callable, Iterator
from urllib.parse import quote

ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "base64": string.ascii_letters + string.digits + "+/",
    "upper": string.ascii_uppercase + "234567",
    "digits": string.digits,
    "url": string.ascii_letters + string.digits + "-_",
}


def filled(text: str, rnd: random.Random) -> str:
    """`<alnum:34>` becomes 34 random letters and digits, and so on."""
    return re.sub(
        r"<(alnum|hex|base64|upper|digits|url):(\d+)>",
        lambda match: "".join(rnd.choice(ALPHABETS[match[1]]) for _ in range(int(match[2]))),
        text,
    )


# A secret's shape, and the names under which it is kept where its shape alone does not tell.
SHAPES = (
    ("sk-ant-api03-<url:93>AA", "ANTHROPIC_API_KEY"),
    ("sk-<alnum:20>T3BlbkFJ<alnum:20>", "OPENAI_API_KEY"),
    ("sk-proj-<url:74>", "OPENAI_API_KEY"),
    ("sk-or-v1-<hex:64>", "OPENROUTER_API_KEY"),
    ("sk-<hex:32>", "DEEPSEEK_API_KEY"),
    ("hf_<alnum:34>", "HF_TOKEN"),
    ("ghp_<alnum:36>", "GITHUB_TOKEN"),
    ("github_pat_<alnum:22>_<alnum:59>", "GH_TOKEN"),
    ("ghs_<alnum:36>", "GITHUB_TOKEN"),
    ("glpat-<url:20>", "GITLAB_TOKEN"),
    ("AKIA<upper:16>", "AWS_ACCESS_KEY_ID"),
    ("AIza<url:35>", "GOOGLE_API_KEY"),
    ("ya29.a0<url:120>", "GOOGLE_OAUTH_TOKEN"),
    ("xoxb-<digits:12>-<digits:13>-<alnum:24>", "SLACK_BOT_TOKEN"),
    ("npm_<alnum:36>", "NPM_TOKEN"),
    ("pypi-AgEIcHlwaS5vcmc<url:150>", "TWINE_PASSWORD"),
    ("sk_live_<alnum:24>", "STRIPE_KEY"),
    ("<digits:10>:AA<url:33>", "TELEGRAM_BOT_TOKEN"),
    ("SK<hex:32>", "TWILIO_API_KEY"),
    ("SG.<url:22>.<url:43>", "SENDGRID_API_KEY"),
    ("gsk_<alnum:52>", "GROQ_API_KEY"),
    ("r8_<alnum:37>", "REPLICATE_API_TOKEN"),
    ("dapi<hex:32>", "DATABRICKS_TOKEN"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJ<url:80>.<url:43>", "SUPABASE_KEY"),
    ("eyJhcGlfYWRkcmVzcyI6<base64:120>", "NEPTUNE_API_TOKEN"),
)
UNSHAPED = (
    ("<hex:40>", "WANDB_API_KEY"),
    ("<alnum:25>", "COMET_API_KEY"),
    ("<alnum:32>", "MISTRAL_API_KEY"),
    ("<base64:40>", "AWS_SECRET_ACCESS_KEY"),
    ("<alnum:40>", "CLIENT_SECRET"),
    ("<alnum:60>", "ZENODO_TOKEN"),
    ("<hex:64>", "TOGETHER_API_KEY"),
    ("<base64:43>=", "AUTH_TOKEN"),
    ("<alnum:8>7!<alnum:5>", "DB_PASSWORD"),
    ("<alnum:50>", "DJANGO_SECRET_KEY"),
)
ANYWHERE = (
    "export {name}={secret}",
    "{name}={secret} python train.py --config c.yaml",
    '    "{name}": "{secret}",',
    "os.environ['{name}'] = '{secret}'",
    "2026-11-12 09:14:03 WARNING request failed for key {secret} (401)",
    "oops, committed {secret} by accident",
    "curl -H 'Authorization: Bearer {secret}' https://api.example.org/v1/models",
    "E   AuthenticationError: Incorrect API key provided: {secret}.",
    "login(token='{secret}')",
)
ASSIGNED = (
    "export {name}={secret}",
    "{name}={secret} sbatch job.sh",
    '    "{name}": "{secret}",',
    "os.environ['{name}'] = '{secret}'",
    "{lower}: {secret}",
    "{lower} = '{secret}'  # TODO move to env",
    "docker run -e {name}={secret} image",
    "--{dashed}={secret}",
)
OTHERS = (
    "git clone https://ada:<alnum:16>@git.example.org/lab/x.git",
    "postgresql://trainer:<alnum:14>@db.internal:5432/runs",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n<base64:70>\n<base64:70>\n-----END OPENSSH PRIVATE KEY-----",
    '{"private_key": "-----BEGIN PRIVATE KEY-----\\n<base64:64>\\n<base64:64>\\n-----END PRIVATE KEY-----\\n"}',
    "wandb login <hex:40>",
    "machine api.wandb.ai login user password <hex:40>",
    '{"username":"adal","key":"<hex:32>"}',
    "https://hooks.slack.com/services/T<upper:9>/B<upper:9>/<alnum:24>",
    "DefaultEndpointsProtocol=https;AccountName=runs;AccountKey=<base64:86>==;EndpointSuffix=core.windows.net",
    "https://runs.blob.core.windows.net/x?sv=2022-11-02&sr=c&sig=<base64:43>%3D",
    "Authorization: Basic <base64:32>",
    "curl -u adal:<alnum:9>7<alnum:4> https://example.org",
    "sshpass -p <alnum:7>9<alnum:3> ssh adal@login",
    "password: <alnum:6>4!<alnum:4>",
    "Set-Cookie: session=<alnum:40>; HttpOnly",
    "https://<hex:32>@sentry.example.org/42",
)


def planted(seed: int = 1, number: int = 300) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Lines, each with the pieces of its secret: none of them may be left."""
    rnd = random.Random(seed)  # noqa: S311 - text that is to be the same every time
    for index in range(number):
        kind = index % 10
        if kind < 4:
            yield _in_place(rnd, rnd.choice(SHAPES), ANYWHERE)
        elif kind < 8:
            yield _in_place(rnd, rnd.choice(UNSHAPED), ASSIGNED)
        else:
            template = OTHERS[(index // 10 * 2 + kind) % len(OTHERS)]
            line, secrets = template, []
            for hole in re.findall(r"<(?:alnum|hex|base64|upper|digits|url):\d+>", template):
                secret = filled(hole, rnd)
                line = line.replace(hole, secret, 1)
                secrets.append(secret)
            yield line, tuple(secrets)


def _in_place(rnd: random.Random, shape: tuple[str, str], places: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    secret = filled(shape[0], rnd)
    name = shape[1]
    line = rnd.choice(places).format(
        secret=secret, name=name, lower=name.lower(), dashed=name.lower().replace("_", "-")
    )
    disguise: Callable[[str], str] = rnd.choice((str, str, str, _in_json, _in_lines, _in_url))
    pieces = (secret, quote(secret, safe="")) if disguise is _in_url else (secret,)
    return disguise(line), pieces


def _in_json(line: str) -> str:
    return json.dumps({"type": "user", "message": {"content": f"run this:\n{line}\nthen tell me"}})


def _in_lines(line: str) -> str:
    return f"Step 3 of 9\n{line}\nstep 40 loss 0.31"


def _in_url(line: str) -> str:
    return f"https://example.org/log?line={quote(line, safe='')}&n=3"


WORDS = [
    "loader", "schedule", "warmup", "eval", "metric", "seed", "config", "cache", "plot", "table", "ablation", "sampler",
    "encoder", "decoder", "token", "secret",
]  # fmt: skip
BENIGN = (
    "{w} {w} {w}: fix the {w} of the {w}",
    "Merge branch '{w}-{w}' into main",
    "commit <hex:40>",
    "<hex:7> Add {w} {w} (+{n} −{n})",
    "index <hex:7>..<hex:7> 100644",
    "Merge pull request #{n} in {w}",
    'Revert "Use {w} for the {w}" (<hex:40>)',
    "swh:1:rev:<hex:40>",
    "session <hex:8>-<hex:4>-4<hex:3>-a<hex:3>-<hex:12> started",
    "run id <hex:8>-<hex:4>-4<hex:3>-b<hex:3>-<hex:12>: {w}",
    "01J<upper:23> {w} done",
    "sha256:<hex:64> {w}.tar.gz",
    "tokens: {n}",
    "token: {n}",
    "pad_token_id: {n}, eos_token_id: {n}, bos_token='<s>'",
    "max_new_tokens={n}, num_tokens = {n}, tokens_per_second: {n}.4",
    "step {n}/50000 loss 0.{n} lr {n}e-4 grad_norm 1.{n} tokens/s {n}",
    "epoch {n}: val_acc 0.{n} secret_sauce False",
    "lr: 3.0e-4, weight_decay: 0.1, betas: [0.9, 0.95], warmup_steps: {n}",
    "  tokenizer: bert-base-uncased-{n}",
    "tokenizer = AutoTokenizer.from_pretrained('meta-llama/Llama-3.1-8B-Instruct')",
    "special_tokens: ['<|im_start|>', '<|endoftext|>']",
    "api_key = os.environ['OPENAI_API_KEY']",
    "api_key: ${{oc.env:WANDB_API_KEY}}",
    "export HF_TOKEN=$(cat token.txt)",
    "password = getpass.getpass('Password: ')",
    "parser.add_argument('--token', type=str, default=None, help='{w}')",
    "key = jax.random.PRNGKey({n}); key, subkey = jax.random.split(key)",
    "cache_key: pip-linux-<hex:40>",
    "attention key: torch.Size([8, 12, {n}, 64]) query_key_value.weight",
    "state_dict key=model.layers.{n}.self_attn.q_proj.weight",
    "sort_key=lambda row: row.{w}, primary_key=sample_id",
    "wandb: Run <hex:8> synced 5 files; commit <hex:40>",
    "saved out/{w}_{w}/step_{n}.pt ({n} MB) md5 <hex:32>",
    'File "train.py", line {n}, in {w}_{w}',
    "RuntimeError: CUDA out of memory. Tried to allocate {n}.00 MiB (GPU 0; 79.15 GiB total)",
    "nvidia-curand-cu12==10.3.2.106 torch==2.{n}.0+cu121 numpy 1.26.4",
    "https://huggingface.co/datasets/{w}/{w}/resolve/<hex:40>/train-00000-of-00{n}.parquet",
    "git@github.com:{w}/{w}.git https://github.com/{w}/{w}/pull/{n}",
    "image data:image/png;base64, skipped {n} bytes of {w}",
    "srun: job {n} queued and waiting for resources",
    "slurm-{n}.out {n}_{n}.batch COMPLETED 0:0 01:52:13",
    "auth: required; authorization is by {w}; bearer of {w}",
    "Basic {w} tests for the bearer {w} parser",
    "checkpoint: /data/{w}/{w}-{n}b-v2/model-00001-of-000{n}.safetensors",
    "experiment_name: {w}-{w}-lr3e-4-bs{n}-seed{n}-2026-11-12",
    "task-specific-hyperparameters-for-the-{w}-{w}-{n}",
    "risk-adjusted-returns and disk-usage-report-{n} of {w}",
    "at 2026-11-12T09:14:03.000Z {w} took {n} ms",
    "patch-id <hex:40> tree <hex:40>",
    "dataset fingerprint=<hex:16> {w}",
    "pwd: {w}/{w}; PASS: {n} tests; passed={n}",
    "secrets: inherit · secret: {w}-{w}-name · token={w}",
    "@property def {w}_token(self) -> str: ...",
    "HTTP 200 GET /api/v1/{w}?page={n}&sort=asc",
)  # fmt: skip


def benign(seed: int = 2, number: int = 4000) -> Iterator[str]:
    """Lines without a secret and without anybody's name."""
    rnd = random.Random(seed)  # noqa: S311 - text that is to be the same every time
    for index in range(number):
        line = BENIGN[index % len(BENIGN)].replace("{{", "\0").replace("}}", "\1")
        line = re.sub(r"\{w\}", lambda _match: rnd.choice(WORDS), line)
        line = re.sub(r"\{n\}", lambda _match: str(rnd.randrange(1, 60000)), line)
        yield filled(line.replace("\0", "{").replace("\1", "}"), rnd)
